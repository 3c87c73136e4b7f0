"""What is kept, and every query on it: the only place that writes SQL."""
