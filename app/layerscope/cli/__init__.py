"""The headless front end: one command for each thing that a person can do with images."""
