"""What a researcher could see: counts, event log, storylines, results on disk."""
