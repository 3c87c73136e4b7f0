"""What somebody chose to look at: read from an address, and written into others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from bot.chat.html.guard import Sorry
from bot.handlers.desk import Desk
from bot.measures import weekly
from bot.measures.catalogue import MEASURES
from bot.prompts.library import Library
from bot.store.tables import Ward

PERIODS = (26, 52, 104)
"""Weeks that can be looked back: half a year, one, two."""


class NoSuchChoice(Sorry):
    """An address that asks for what is not on offer."""

    status = HTTPStatus.BAD_REQUEST
    title = "We don't know that choice"
    words = ("Part of this address is not on offer: it may be mistyped, or from an older version.",)


@dataclass(frozen=True)
class Choice:
    """`measure` is empty for all of them, and `shift` (a part of the day) for the whole day."""

    measure: str = ""
    weeks: int = PERIODS[0]
    shift: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str], library: Library) -> Choice:
        """What an address asks for. Raises `NoSuchChoice`."""
        weeks = given.get("weeks") or str(PERIODS[0])
        found = cls(given.get("measure", ""), int(weeks) if weeks in map(str, PERIODS) else 0, given.get("shift", ""))
        bands = {option.value for option in library.pick_lists.shift_band}
        if not (found.weeks and found.measure in {"", *MEASURES} and found.shift in {"", *bands}):
            raise NoSuchChoice
        return found

    @property
    def query(self) -> str:
        """As the end of an address; empty where nothing was chosen."""
        chosen = {name: value for name, value in vars(self).items() if value != getattr(Choice, name)}
        return f"?{urlencode(chosen)}" if chosen else ""

    @property
    def of_one(self) -> str:
        """The end of the addresses of one measure's picture and file, which name it already."""
        return replace(self, measure="").query

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures to show, in their order; not those that can't be told by part of the day, if one was chosen."""
        every = (self.measure,) if self.measure else tuple(MEASURES)
        return tuple(key for key in every if MEASURES[key].by_shift or not self.shift)

    @property
    def untold(self) -> tuple[str, ...]:
        """The titles of what was asked for and can't be told by part of the day."""
        shown = self.measures
        return tuple(MEASURES[key].title for key in replace(self, shift="").measures if key not in shown)

    def first(self, last: date) -> date:
        """The first day that is looked at."""
        return last - timedelta(weeks=self.weeks) + timedelta(days=1)


def last_day(desk: Desk, wards: Iterable[Ward]) -> date:
    """The Sunday that ends the last week that is over on the clocks of all these wards."""
    return weekly.last_sunday(min(desk.now_at(ward).date() for ward in wards))
