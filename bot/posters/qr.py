"""A QR code that leads to a ward's report page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import segno

QUIET_ZONE = 4
"""Modules of white about a code, as its standard asks."""


@dataclass(frozen=True)
class Link:
    """Where the code leads: the ward's name and its report page's address."""

    ward: str
    address: str


def modules(address: str) -> tuple[tuple[bool, ...], ...]:
    """The code's modules, true for dark, row by row, without the white about it."""
    code = segno.make(address, error="m", micro=False)
    return tuple(tuple(bool(dark) for dark in row) for row in code.matrix)


def squares(address: str, size: float) -> list[tuple[float, float, float, float]]:
    """The dark runs of the code as rectangles (x, y, width, height) within `size`, its white zone included."""
    rows = modules(address)
    unit = size / (len(rows) + 2 * QUIET_ZONE)
    found: list[tuple[float, float, float, float]] = []
    for down, row in enumerate(rows):
        across = 0
        for dark, run in groupby(row):
            length = len(tuple(run))
            if dark:
                found.append(((across + QUIET_ZONE) * unit, (down + QUIET_ZONE) * unit, length * unit, unit))
            across += length
    return found
