"""To observe a run as a researcher could: counts, event log, storylines, results on disk."""
