"""To calibrate: which values of the parameters the findings leave, and which of them are the defaults."""
