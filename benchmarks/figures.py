"""A figure, its floor and its target, and how they are printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HEADING = ("what", "ours", "floor", "ratio", "target", "")
WIDTHS = (52, 10, 10, 7, 10, 6)


@dataclass(frozen=True)
class Figure:
    """A measured figure. `most` is the target: of the ratio to the floor, or of the figure itself."""

    what: str
    ours: float
    floor: float
    unit: str
    most: float
    of: Literal["ratio", "value"]

    @property
    def is_met(self) -> bool:
        """Whether the target is met."""
        return (self.ours / self.floor if self.of == "ratio" else self.ours) <= self.most

    def row(self) -> str:
        """A line of the table."""
        ratio = f"{self.ours / self.floor:.2f}" if self.floor else "-"
        target = f"<= {self.most:g} x" if self.of == "ratio" else f"<= {self.most:g} {self.unit}"
        met = "met" if self.is_met else "MISSED"
        return line(self.what, self._shown(self.ours), self._shown(self.floor), ratio, target, met)

    def _shown(self, value: float) -> str:
        return f"{value:.{2 if self.unit in ('s', 'ms') else 0}f} {self.unit}".rstrip()


def line(*cells: str) -> str:
    """Cells under each other: the first and the last to the left, figures to the right."""
    padded = [f"{cell:>{width}}" for cell, width in zip(cells[1:-1], WIDTHS[1:-1], strict=True)]
    return "  ".join([f"{cells[0]:<{WIDTHS[0]}}", *padded, cells[-1]]).rstrip()
