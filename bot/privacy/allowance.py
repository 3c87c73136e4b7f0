"""How often something is let through: a link's reports, a visitor's, a guesser's."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from bot.settings import Clock

KEYS_REMEMBERED = 10_000
"""The one that has been quiet for longest is forgotten first."""


class Allowance:
    """For each key `most` at once, given back evenly over `within`; refused, never delayed.

    aiolimiter, which paces our posts, makes who asks for more wait for it, by a clock of its own. Counted in this
    process alone, and gone with it: keys may be people's addresses, which are never stored.
    """

    def __init__(self, most: int, within: timedelta, clock: Clock) -> None:
        self._within = within
        self._each = within / most
        self._clock = clock
        self._whole_at: OrderedDict[str, datetime] = OrderedDict()
        """When each key's allowance will be whole again."""

    def has_more(self, key: str) -> bool:
        """Whether one more is let through now."""
        now = self._clock()
        return self._from(key, now) + self._each <= now + self._within

    def take(self, key: str) -> None:
        """Count one."""
        now = self._clock()
        self._whole_at[key] = self._from(key, now) + self._each
        self._whole_at.move_to_end(key)
        while len(self._whole_at) > KEYS_REMEMBERED or next(iter(self._whole_at.values())) <= now:
            self._whole_at.popitem(last=False)

    def _from(self, key: str, now: datetime) -> datetime:
        """Where the next one is counted from; never further off than a whole allowance, if the clock was put back."""
        return min(max(self._whole_at.get(key, now), now), now + self._within)
