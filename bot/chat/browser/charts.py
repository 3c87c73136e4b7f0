"""The pictures of charts, drawn once and kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import hashlib

from bot.chat.message import Chart

KEPT = 64
"""Pictures kept in memory; an SVG is some tens of kilobytes."""


@dataclass(frozen=True)
class Picture:
    """An SVG, and a name for what it shows."""

    svg: bytes
    etag: str


class Charts:
    """Draws each chart once for as long as it is looked at."""

    def __init__(self, draw: Callable[[Chart], Awaitable[bytes]]) -> None:
        self._draw = draw
        self._kept: OrderedDict[str, Picture] = OrderedDict()

    async def picture(self, chart: Chart) -> Picture:
        """The picture of a chart."""
        name = hashlib.sha256(repr(chart).encode()).hexdigest()
        if name not in self._kept:
            self._kept[name] = Picture(await self._draw(chart), f'"{name}"')
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(name)
        return self._kept[name]
