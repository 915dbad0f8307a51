"""Signing in: challenges, credentials, tokens."""
