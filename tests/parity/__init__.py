"""Whether all fronts can say and ask the same: every message and form, held against each platform's limits."""
