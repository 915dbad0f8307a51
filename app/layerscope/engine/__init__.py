"""The shared store engine: no Qt, importable by any program, many processes on one store."""
