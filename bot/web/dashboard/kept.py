"""What takes long to work out, kept for a while; who asks for it meanwhile waits for the same."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.settings import Clock

T = TypeVar("T")


class Kept(Generic[T]):
    """The latest `most` of some values, each kept for as long as `life`."""

    def __init__(self, clock: Clock, life: timedelta, most: int) -> None:
        self._clock = clock
        self._life = life
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[datetime, asyncio.Future[T]]] = OrderedDict()

    async def get(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """The value of a key, made if it is not there or too old. Who goes away meanwhile takes it from nobody."""
        found = self._kept.get(key)
        if found is None or self._clock() >= found[0] + self._life or _failed(found[1]):
            found = self._clock(), asyncio.ensure_future(make())
            self._kept[key] = found
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return await asyncio.shield(found[1])


def _failed(made: asyncio.Future[T]) -> bool:
    return made.done() and (made.cancelled() or made.exception() is not None)
