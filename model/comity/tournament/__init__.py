"""Which hypotheses explain which findings, and what the model says of findings it has not seen."""
