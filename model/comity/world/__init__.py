"""The world: places, people, ties, and how a run's state is built."""
