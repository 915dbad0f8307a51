"""The only door to the engine: what a person can do with images."""
