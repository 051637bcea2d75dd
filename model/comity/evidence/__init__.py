"""Published findings held against the model: targets, estimates, reproduction, calibration, tournament and report."""
