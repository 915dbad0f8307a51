"""Pulls and loads under way: their state, the drawer and the section that show them."""
