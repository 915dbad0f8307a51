"""Sheets over the dimmed window: tag, remove, prune, close and small facts."""
