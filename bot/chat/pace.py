"""One message at a time to a place, as slowly as its platform wants it."""

from __future__ import annotations

from collections import OrderedDict

from aiolimiter import AsyncLimiter

PLACES = 1_000
"""Places remembered; one that has been quiet for so long needs no pacing."""


class Pace:
    """Lets one message through to each place every `seconds`: `async with pace.of(place): ...`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._limits: OrderedDict[str, AsyncLimiter] = OrderedDict()

    def of(self, place: str) -> AsyncLimiter:
        """What to wait for before a message to this place."""
        self._limits[place] = limit = self._limits.pop(place, None) or AsyncLimiter(1, self.seconds)
        if len(self._limits) > PLACES:
            self._limits.popitem(last=False)
        return limit
