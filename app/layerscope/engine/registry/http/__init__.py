"""HTTP with a hostile far side: one exchange at a time, bounded, cancellable, no surprises."""
