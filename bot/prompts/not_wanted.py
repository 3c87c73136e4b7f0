"""What a prompt says that, now that it is due, nobody wants any more."""

from __future__ import annotations


class NotWanted(Exception):
    """What this prompt was to be about is gone; it is dropped."""
