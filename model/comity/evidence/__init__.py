"""What published experiments found, and how far the model reproduces it."""
