"""How fast and how small, each figure beside the floor that a bare Bolt app sets: `python -m benchmarks`."""
