"""Bytes: codecs, checked copies, whole-or-absent files, locks, limits."""
