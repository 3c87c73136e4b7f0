"""What the service shows to those who run it."""
