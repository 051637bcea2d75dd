"""What a study found: differences with their intervals, what they depend on, and where they fail."""
