"""Studies: comparisons of regimes and their pictures."""
