"""Agents: one room per kind, with its columns, its Mesa view and what it does."""
