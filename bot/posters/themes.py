"""Colour themes by name. A colour is never the only sign: shapes and words say the same, also in black and white."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

INK = "#1d262c"
QUIET = "#4a555c"
PAPER = "#ffffff"


@dataclass(frozen=True)
class Colours:
    """`dark` bears white letters, `tint` bears ink and `dark`, `line` edges and arrows; `glow` is only decoration."""

    dark: str
    glow: str
    line: str
    tint: str


THEMES: Mapping[str, Colours] = {
    "teal": Colours("#0b5f5c", "#1b7a76", "#4d8f8c", "#e4f2f1"),
    "blue": Colours("#164a7c", "#27629c", "#5580ab", "#e6eff8"),
    "plum": Colours("#5f2a66", "#793d81", "#8d6a93", "#f3eaf5"),
    "green": Colours("#22583a", "#33734f", "#5f8d73", "#e6f2ea"),
    "rust": Colours("#8a3a12", "#a5501f", "#b07853", "#fbeee4"),
    "rose": Colours("#86204a", "#a23562", "#ad6585", "#fbe9f0"),
    "slate": Colours("#35444f", "#4b5d69", "#71818c", "#ebeff2"),
    "gold": Colours("#6b4a00", "#866112", "#9c8147", "#faf1da"),
}
