"""The pictures of charts, drawn once and kept for a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
import hashlib

from starlette.requests import Request
from starlette.responses import Response

from bot.chat.message import Chart

KEPT = 64
"""Pictures kept in memory; each is some tens of kilobytes."""


@dataclass(frozen=True)
class Picture:
    """What was drawn, and a name for what it shows."""

    content: bytes
    etag: str

    def answer(self, request: Request, media_type: str, **headers: str) -> Response:
        """The picture over HTTP, or that it has not changed since it was last asked for."""
        headers = {"etag": self.etag, "cache-control": "private, no-cache"} | headers
        if request.headers.get("if-none-match") == self.etag:
            return Response(status_code=304, headers=headers)
        return Response(self.content, media_type=media_type, headers=headers)


class Pictures:
    """Draws each chart once for as long as it is looked at, however many ask at the same time."""

    def __init__(self, draw: Callable[[Chart], Awaitable[bytes]]) -> None:
        self._draw = draw
        self._kept: OrderedDict[str, asyncio.Task[Picture]] = OrderedDict()

    async def picture(self, chart: Chart) -> Picture:
        """The picture of a chart. Whoever stops waiting does not stop it for others."""
        name = hashlib.sha256(repr(chart).encode()).hexdigest()
        if name not in self._kept:
            self._kept[name] = asyncio.create_task(self._drawn(name, chart))
            self._kept[name].add_done_callback(partial(self._drop_failed, name))
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(name)
        return await asyncio.shield(self._kept[name])

    async def _drawn(self, name: str, chart: Chart) -> Picture:
        return Picture(await self._draw(chart), f'"{name}"')

    def _drop_failed(self, name: str, task: asyncio.Task[Picture]) -> None:
        if (task.cancelled() or task.exception()) and self._kept.get(name) is task:
            del self._kept[name]
