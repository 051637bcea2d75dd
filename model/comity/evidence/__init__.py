"""What published studies found, and what the model says of it: estimators, targets, calibration, tournament."""
