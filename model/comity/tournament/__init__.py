"""The tournament of hypotheses: which explain which findings, and what the model says of findings it has not seen."""
