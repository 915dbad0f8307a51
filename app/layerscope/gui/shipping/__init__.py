"""Sheets that bring images to registries, and that say who we are there."""
