"""When a ward's plan changes: which new prompt takes the place of which old one, and when each is first due.

Arithmetic on plain values. A change takes effect from the next occurrence: a date that has had its prompt gets no
second, and one that has not still gets it, at the old time where the new one has passed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.schedule.calendar import EACH_DATE, Planned, date_of, due_on, local, minutes, next_due

LOOK_BACK = timedelta(days=14)
"""How far back the ledger has to be known."""
PASSED_OVER = 2
"""How many of its times a new schedule may pass over before it is first due."""


@dataclass(frozen=True)
class Held:
    """A schedule as it was before the change: its next prompt is still to come."""

    planned: Planned
    next_due_at: datetime


@dataclass(frozen=True, order=True)
class Had:
    """A prompt that is in the ledger: the date that it belongs to, and its slot."""

    kind: str
    on: date
    slot: str


@dataclass(frozen=True)
class Owed:
    """A prompt of the old plan that is to come all the same."""

    planned: Planned
    on: date
    due: datetime


@dataclass
class Moves:
    """When each new schedule is first due, and what the old ones still owe."""

    first_due: dict[Planned, datetime] = field(default_factory=dict)
    owed: list[Owed] = field(default_factory=list)


def moves(
    gone: Sequence[Held],
    new: Collection[Planned],
    kept: Sequence[Held],
    had: Collection[Had],
    timezone: str,
    now: datetime,
) -> Moves:
    """What becomes of a change of plan; `had` is the ledger since `LOOK_BACK`, and `kept` what the change leaves."""
    found = Moves()
    for kind in sorted({planned.kind for planned in new}):
        going = [one for one in gone if one.planned.kind == kind]
        coming = sorted(one for one in new if one.kind == kind)
        been = [one for one in had if one.kind == kind]
        if kind in EACH_DATE:
            staying = [one for one in kept if one.planned.kind == kind]
            _each_date(found, going, coming, staying, been, timezone, now)
        else:  # a ward plans one of these: where it is new, none is kept
            _weekly(found, going, coming, been, timezone, now)
    return found


def _each_date(
    found: Moves,
    gone: Sequence[Held],
    new: Sequence[Planned],
    kept: Sequence[Held],
    had: Sequence[Had],
    timezone: str,
    now: datetime,
) -> None:
    """Date by date each new prompt takes the place of the nearest old one: of one had, it waits for another date."""
    today = local(now, timezone).date()
    had_instead: set[tuple[Planned, date]] = set()
    late: list[tuple[Planned, Owed]] = []
    next_of = {held.planned: held.next_due_at for held in kept}
    for on in (today - timedelta(days=1), today, today + timedelta(days=1)):
        old: list[_Old] = [(one.slot, None) for one in had if one.on == on]
        for held in gone:
            first = date_of(held.planned, held.next_due_at, timezone)
            if held.planned.comes_on(on) and on >= first:
                due = held.next_due_at if on == first else due_on(held.planned, timezone, on)
                old.append((held.planned.slot, Owed(held.planned, on, due)))
        done = [one for one, due in next_of.items() if one.comes_on(on) and on < date_of(one, due, timezone)]
        for (_, waiting), planned in _pairs(old, [one for one in new if one.comes_on(on)], done):
            if waiting is None:
                had_instead.add((planned, on))
            elif planned in done or due_on(planned, timezone, on) <= now:
                late.append((planned, waiting))
    for planned in new:
        due = next_due(planned.slot, planned.days, timezone, now)
        while (planned, date_of(planned, due, timezone)) in had_instead:
            due = next_due(planned.slot, planned.days, timezone, due)
        found.first_due[planned] = next_of[planned] = due
    # Where a shift's date is another now, the new time may come before the old one: then that is enough.
    found.owed += [owed for planned, owed in late if now < owed.due < next_of[planned]]


_Old = tuple[str, Owed | None]
"""An old time of a date, and what it still owes it: nothing, where it has been."""


def _pairs(old: Sequence[_Old], new: Sequence[Planned], done: Sequence[Planned]) -> Iterator[tuple[_Old, Planned]]:
    """Old and new times of one date, the nearest first, each in one pair at most.

    `done` are those that stay and come no more on this date: it had them, or others that they replaced. They take
    theirs before the new ones, or one prompt would count for two. A time that has been can't come again.
    """
    apart = sorted(
        (
            waiting is not None or slot != planned.slot,
            waiting is not None or planned not in done,
            abs(minutes(slot) - planned.minutes),
            at,
            place,
        )
        for at, (slot, waiting) in enumerate(old)
        for place, planned in enumerate([*new, *done])
    )
    paired: set[tuple[str, int]] = set()
    for *_, at, place in apart:
        if not paired & {("old", at), ("new", place)}:
            paired |= {("old", at), ("new", place)}
            yield old[at], [*new, *done][place]


def _weekly(
    found: Moves, gone: Sequence[Held], new: Sequence[Planned], had: Sequence[Had], timezone: str, now: datetime
) -> None:
    """The next one moves to the nearest of the new days, so that about as many days lie between as always."""
    last = max((one.on for one in had), default=None)
    for planned in new:
        between = 7 // len(planned.days)
        nearer = timedelta(days=(between - 1) // 2)
        least = timedelta(days=between) - nearer
        due = _first_on(planned, last and last + least, timezone, now)
        for held in gone if last else ():
            on = date_of(held.planned, held.next_due_at, timezone)
            most = min(on, (last or on) + timedelta(days=between)) + nearer
            if held.next_due_at < due and most < date_of(planned, due, timezone):
                found.owed.append(Owed(held.planned, on, held.next_due_at))
                due = _first_on(planned, on + least, timezone, now)
        found.first_due[planned] = due


def _first_on(planned: Planned, first: date | None, timezone: str, now: datetime) -> datetime:
    """The first time that comes after `now`, on that date or later."""
    due = next_due(planned.slot, planned.days, timezone, now)
    while first and date_of(planned, due, timezone) < first:
        due = next_due(planned.slot, planned.days, timezone, due)
    return due
