"""To analyse what a study found: differences with intervals, what they depend on, and where they fail."""
