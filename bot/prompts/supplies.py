"""What every prompt is built with."""

from __future__ import annotations

from dataclasses import dataclass

from bot.prompts.library import Library


@dataclass(frozen=True)
class Supplies:
    """Handed to every builder: the library."""

    library: Library
