"""Columns as agents: a row of a table as one of Mesa's agents."""
