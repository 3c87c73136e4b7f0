"""What every prompt is built with: the library, and what this deployment chose."""

from __future__ import annotations

from dataclasses import dataclass

from bot.privacy.small import Small
from bot.prompts.library import Library


@dataclass(frozen=True)
class Supplies:
    """Handed to every builder. `small`: which counts are too small to be shown across wards."""

    library: Library
    small: Small
