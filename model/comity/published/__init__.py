"""What published studies found, and what they would have found in the model."""
