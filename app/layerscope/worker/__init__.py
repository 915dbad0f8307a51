"""The background worker: one process that does the work of the window, in lanes."""
