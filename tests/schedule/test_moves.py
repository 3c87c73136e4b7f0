"""A change of plan takes effect from the next occurrence: no date gets two of a prompt, none goes without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from bot.schedule.calendar import (
    DIGEST,
    HUDDLE,
    OWN,
    REMINDER,
    SCENARIO,
    Planned,
    date_of,
    local,
    next_due,
    planned_prompts,
)
from bot.schedule.moves import Had, Held, moves
from bot.store.shifts import PATTERNS, TimeOfDay
from bot.store.tables import Ward
from tests.schedule.patterns import ZONES, by_hand, plans, ward

START = datetime(2026, 11, 22, 21, tzinfo=UTC)  # a Sunday evening


class Ledger:
    """One ward's schedules and what they wrote, without a database: what the planner does, in a few lines."""

    def __init__(self, zone: str, now: datetime = START) -> None:
        self.zone = zone
        self.now = now
        self.schedules: dict[Planned, datetime] = {}
        self.sent: dict[Had, datetime] = {}

    def pass_to(self, now: datetime) -> None:
        """Time goes by, and what comes due is written."""
        self.now = now
        for planned, due in self.schedules.items():
            while due <= now:
                self.write(planned, date_of(planned, due, self.zone), due)
                due = next_due(planned.slot, planned.days, self.zone, due)
            self.schedules[planned] = due

    def write(self, planned: Planned, on: date, due: datetime) -> None:
        """As the ledger does: a date, kind and slot once."""
        self.sent.setdefault(Had(planned.kind, on, planned.slot), due)

    def change(self, plan: Sequence[Planned]) -> None:
        """The ward's plan is another now."""
        wanted, held = set(plan), set(self.schedules)
        gone = [Held(planned, self.schedules.pop(planned)) for planned in sorted(held - wanted)]
        kept = [Held(*one) for one in sorted(self.schedules.items())]
        change = moves(gone, wanted - held, kept, list(self.sent), self.zone, self.now)
        for planned, due in change.first_due.items():
            assert due > self.now, "never at once"
            self.schedules[planned] = due
        for owed in change.owed:
            assert owed.due > self.now, "never late"
            self.write(owed.planned, owed.on, owed.due)

    def move_to(self, zone: str) -> None:
        """The ward's clocks are another place's now: every schedule is made anew."""
        plan, gone = list(self.schedules), [Held(*one) for one in self.schedules.items()]
        self.zone = zone
        change = moves(gone, plan, (), list(self.sent), zone, self.now)
        self.schedules = dict(change.first_due)
        for owed in change.owed:
            self.write(owed.planned, owed.on, owed.due)

    def had(self, kind: str = HUDDLE) -> Counter[date]:
        """How many prompts of a kind each date had."""
        return Counter(one.on for one in self.sent if one.kind == kind)


def plan_of(one: Ward, *kinds: str) -> list[Planned]:
    return [planned for planned in planned_prompts(one, leads=False) if planned.kind in (kinds or OWN)]


def plain(*times: str, kind: str = HUDDLE, days: str = "0123456", days_before: int = 0) -> list[Planned]:
    return [Planned(kind, at, days, days_before) for at in times]


def at(text: str) -> datetime:
    """A moment in November 2026, when London's clocks show UTC: `24 07:45`."""
    day, _, clock = text.partition(" ")
    return datetime.fromisoformat(f"2026-11-{day} {clock}").replace(tzinfo=UTC)


def told(*steps: str | list[Planned], kind: str = HUDDLE) -> list[str]:
    """What a ward hears where time goes by and its plan changes."""
    ledger = Ledger("Europe/London")
    for step in steps:
        ledger.pass_to(at(step)) if isinstance(step, str) else ledger.change(step)
    return [f"{due:%d %H:%M}" for one, due in sorted(ledger.sent.items(), key=lambda sent: sent[1]) if one.kind == kind]


@pytest.mark.parametrize(
    ("moved_at", "to", "heard"),
    [
        ("23 07:00", "08:15", ["23 08:15", "24 08:15"]),
        ("23 07:50", "08:15", ["23 07:45", "24 08:15"]),  # it was had: no second
        ("23 07:30", "07:15", ["23 07:45", "24 07:15"]),  # it was not, and the new time has passed
        ("23 09:00", "07:15", ["23 07:45", "24 07:15"]),
    ],
)
def test_a_moved_time_gives_each_date_one(moved_at: str, to: str, heard: list[str]) -> None:
    assert told(plain("07:45"), moved_at, plain(to), "24 12:00") == heard


def test_of_several_times_each_takes_the_place_of_the_nearest() -> None:
    """And a time that is new comes beside them."""
    changed = plain("08:00", "13:00", "20:00")
    heard = told(plain("07:45", "19:45"), "23 19:50", changed, "24 21:00")
    assert heard == ["23 07:45", "23 19:45", "24 08:00", "24 13:00", "24 20:00"]


def test_one_time_becomes_one_for_weekdays_and_one_for_weekends_and_back() -> None:
    split = [*plain("07:45", days="01234"), *plain("09:00", days="56")]
    assert told(plain("07:45"), "28 08:00", split, "30 12:00")[-3:] == ["28 07:45", "29 09:00", "30 07:45"]
    assert told(split, "28 08:30", plain("08:00"), "30 12:00")[-3:] == ["28 09:00", "29 08:00", "30 08:00"]


def test_a_time_at_weekends_comes_every_day_from_the_next() -> None:
    assert told(plain("07:45", days="56"), "29 21:00", plain("07:45"), "30 12:00")[-2:] == ["29 07:45", "30 07:45"]


@pytest.mark.parametrize(
    ("shifts", "time", "planned"),
    [
        (["Night 19:30-08:00"], "02:00 weekdays", [("12345", 1)]),  # from Tuesday to Saturday
        (["Night 19:30-08:00 weekdays"], "02:00", [("6", 0), ("12345", 1)]),  # nobody works on Monday at two
        (["Night 19:30-08:00", "Long day 07:30-20:00"], "07:45", [("0123456", 0)]),  # at a handover, who begins
        (["Early 00:00-04:00 weekends", "Late 10:15-00:15"], "00:00", [("56", 0), ("1234", 1)]),
        ([], "02:00 weekends", [("56", 0)]),
    ],
)
def test_a_time_comes_once_on_each_date_of_its_shifts(shifts: list[str], time: str, planned: list[object]) -> None:
    found = plan_of(ward(shifts=shifts, huddle_times=[time]), HUDDLE)
    assert [(one.days, one.days_before) for one in found] == planned


@pytest.mark.parametrize(
    ("first", "then", "heard"),
    [
        (("08:15", "19:45"), ("08:15", "13:00"), ["07:45", "19:45"]),  # 19:45 stays owed
        (("08:15", "19:45"), ("08:15", "20:00"), ["07:45", "20:00"]),
        (("08:15", "19:45", "20:00"), ("08:15", "21:00"), ["07:45", "21:00"]),
    ],
)
def test_a_time_that_waits_for_tomorrow_still_stands_for_the_prompt_that_was_had(
    first: tuple[str, ...], then: tuple[str, ...], heard: list[str]
) -> None:
    """A second change on the same day, which leaves it as it is, counts that prompt for no other time."""
    today = told(plain("07:45", "19:45"), "23 14:00", plain(*first), "23 14:10", plain(*then), "23 23:00")
    assert today == [f"23 {clock}" for clock in heard]


def test_a_slip_that_is_mended_at_once_costs_no_prompt() -> None:
    """Set up at noon with a time in the morning, and then with the one that was meant."""
    assert told("23 12:00", plain("07:45"), "23 12:05", plain("19:45"), "23 21:00") == ["23 19:45"]


def test_a_change_that_is_taken_back_changes_nothing() -> None:
    for moment in ("23 07:30", "23 07:50"):
        heard = told(plain("07:45"), moment, plain("07:15"), moment, plain("07:45"), "24 12:00")
        assert heard == ["23 07:45", "24 07:45"]


def test_a_night_time_that_comes_to_belong_to_the_day_before_comes_once_a_night() -> None:
    """Its date had it under the old plan; the other way round the new plan's own is enough."""
    night = plain("02:00", days_before=1)
    assert told(plain("02:00"), "24 12:00", night, "27 03:00") == ["23 02:00", "24 02:00", "26 02:00", "27 02:00"]
    assert told(night, "24 12:00", plain("02:00"), "26 03:00") == ["23 02:00", "24 02:00", "25 02:00", "26 02:00"]


@pytest.mark.parametrize(
    ("day", "moved_at", "heard"),
    [
        ("1", "23 08:00", ["24", "01"]),  # Tuesday
        ("1", "23 10:00", ["23", "01"]),
        ("6", "23 10:00", ["23", "29"]),  # Sunday: six days later, not thirteen
        ("4", "23 10:00", ["23", "27"]),
        ("3", "23 10:00", ["23", "03"]),
        ("5", "23 08:00", ["23", "28"]),  # Saturday is past: it still comes today
    ],
)
def test_a_weekly_digest_moves_to_the_nearest_of_the_new_days(day: str, moved_at: str, heard: list[str]) -> None:
    before = Ledger("Europe/London", at("15 12:00"))
    before.change(plain("09:00", kind=DIGEST, days="0"))
    before.pass_to(at(moved_at))
    before.change(plain("09:00", kind=DIGEST, days=day))
    before.pass_to(at("30 12:00") + timedelta(days=4))
    days = [f"{due:%d}" for due in before.sent.values() if due > at("22 12:00")]
    assert days[:2] == heard


def test_a_digest_that_a_ward_never_had_comes_on_the_next_new_day() -> None:
    digest = plain("09:00", kind=DIGEST, days="0"), plain("09:00", kind=DIGEST, days="3")
    assert told("25 12:00", digest[0], "25 12:05", digest[1], "27 12:00", kind=DIGEST) == ["26 09:00"]


MINUTES = st.integers(0, 60 * 24 * 3).map(lambda minutes: timedelta(minutes=minutes))
AROUND = st.sampled_from(
    [
        datetime(2026, 3, 26, 12, tzinfo=UTC),  # London's clocks go forward
        datetime(2026, 10, 23, 12, tzinfo=UTC),  # and back
        datetime(2026, 4, 3, 3, tzinfo=UTC),  # Lord Howe's, by half an hour
        datetime(2026, 10, 1, 3, tzinfo=UTC),
        datetime(2026, 3, 6, 3, tzinfo=UTC),  # St John's
        datetime(2026, 10, 30, 3, tzinfo=UTC),
        datetime(2011, 12, 28, 3, tzinfo=UTC),  # Apia leaves a day out
    ]
)
NEVER_WAS = {date(2011, 12, day) for day in (29, 30, 31)}
"""Around the day that Apia left out."""


def whole_days(start: datetime, end: datetime, zone: str) -> list[date]:
    """The dates that lie wholly between, with the nights after them."""
    first, last = local(start, zone).date() + timedelta(days=2), local(end, zone).date() - timedelta(days=2)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if zone != "Pacific/Apia" or day not in NEVER_WAS]


@settings(max_examples=60, deadline=None)
@given(plans(), ZONES, AROUND)
def test_every_planned_local_time_comes_once_on_the_date_of_its_shift(one: Ward, zone: str, start: datetime) -> None:
    """Worked out again from the ward's words, date by date and on no clock at all."""
    ledger = Ledger(zone, start)
    ledger.change(plan_of(one, HUDDLE, REMINDER))
    ledger.pass_to(start + timedelta(days=9))
    days = whole_days(start, ledger.now, zone)
    expected = {
        Had(kind, day, f"{when.at:%H:%M}"): shown
        for kind, times in ((HUDDLE, one.huddle_times), (REMINDER, one.reminder_times))
        for when in map(TimeOfDay.read, times)
        for day in days
        if (shown := by_hand(one.shift_pattern, when, day))
    }
    sent = {had: local(due, zone).replace(tzinfo=None) for had, due in ledger.sent.items() if had.on in days}
    assert sent.keys() == expected.keys()
    assert all(timedelta() <= sent[had] - expected[had] <= timedelta(hours=1) for had in sent), "not early, nor late"
    assert all(due > start for due in ledger.sent.values())


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(plans(), MINUTES), min_size=2, max_size=5), ZONES, AROUND)
def test_no_change_gives_a_date_more_or_fewer_prompts_than_its_plans(
    changes: list[tuple[Ward, timedelta]], zone: str, start: datetime
) -> None:
    """No fewer than the least and no more than the most of the plans in force on it or the night after."""
    ledger = Ledger(zone, start)
    in_force: list[tuple[list[Planned], datetime, datetime]] = []
    for one, lasts in [*changes, (changes[-1][0], timedelta(days=4))]:
        plan = plan_of(one, HUDDLE, REMINDER)
        ledger.change(plan)
        in_force.append((plan, ledger.now, ledger.now + lasts))
        ledger.pass_to(ledger.now + lasts)
    had = {kind: ledger.had(kind) for kind in (HUDDLE, REMINDER)}
    for day in whole_days(start, ledger.now, zone):
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        reach = (midnight - timedelta(hours=14), midnight + timedelta(hours=60))
        plans_then = [plan for plan, first, last in in_force if first < reach[1] and last > reach[0]]
        for kind in (HUDDLE, REMINDER):
            numbers = [sum(one.kind == kind and one.comes_on(day) for one in plan) for plan in plans_then]
            assert had[kind][day] <= max(numbers)
            if not any(one.days_before for plan in plans_then for one in plan):
                assert had[kind][day] >= min(numbers)
    moments = Counter((had.kind, due) for had, due in ledger.sent.items() if len(changes) == 2)
    assert max(moments.values(), default=0) <= 2  # the clocks go forward over one of two times


SLOTS = ("01:30", "07:45", "08:15", "13:00", "19:45", "20:30")
"""Few times of a day, so that changes often leave one as it is, or bring one back."""


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(((), *PATTERNS.values())),
    st.integers(1, 3).flatmap(
        lambda size: st.lists(
            st.tuples(
                st.sampled_from(list(itertools.combinations(SLOTS, size))),
                st.sampled_from((5, 10, 60, 300, 700, 2000)),
            ),
            min_size=2,
            max_size=6,
        )
    ),
    st.sampled_from((START, datetime(2026, 3, 26, 12, tzinfo=UTC), datetime(2026, 10, 23, 12, tzinfo=UTC))),
)
def test_a_ward_with_as_many_times_a_day_has_as_many_however_often_they_change(
    shifts: Sequence[str], changes: list[tuple[tuple[str, ...], int]], start: datetime
) -> None:
    """With nights as without: several changes in a day, of some of the times, there and back."""
    ledger = Ledger("Europe/London", start)
    for number, (times, lasts) in enumerate(changes):
        ledger.change(plan_of(ward(shifts=list(shifts), huddle_times=list(times)), HUDDLE))
        ledger.pass_to(ledger.now + (timedelta(minutes=lasts) if number else timedelta(days=3, minutes=lasts)))
    ledger.pass_to(ledger.now + timedelta(days=4))
    had = ledger.had()
    days = whole_days(start, ledger.now, ledger.zone)
    assert {day: had[day] for day in days} == dict.fromkeys(days, len(changes[0][0]))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.times(), MINUTES), min_size=2, max_size=6),
    st.sampled_from((DIGEST, SCENARIO)),
)
def test_a_weekly_prompt_never_comes_twice_at_once_nor_stays_away(
    changes: list[tuple[int, Any, timedelta]], kind: str
) -> None:
    ledger = Ledger("Europe/London", START - timedelta(days=21))
    ledger.change(plan_of(ward(), kind))
    ledger.pass_to(START)
    for day, clock, lasts in changes:
        ledger.change(plan_of(ward(digest_day=day, digest_time=f"{clock:%H:%M}"), kind))
        ledger.pass_to(ledger.now + lasts)
    ledger.pass_to(ledger.now + timedelta(days=21))
    days = sorted(ledger.had(kind).elements())
    least, most = (4, 10) if kind == DIGEST else (2, 6)
    assert all(least <= (later - day).days <= most for day, later in itertools.pairwise(days))


@settings(max_examples=60, deadline=None)
@given(st.times().map(lambda clock: f"{clock:%H:%M}"), ZONES, ZONES, MINUTES)
def test_a_ward_that_moves_to_another_time_zone_has_each_date_once(
    slot: str, zone: str, other: str, after: timedelta
) -> None:
    ledger = Ledger(zone)
    ledger.change(plain(slot))
    ledger.pass_to(START + timedelta(days=3) + after)
    ledger.move_to(other)
    ledger.pass_to(ledger.now + timedelta(days=4))
    days = sorted(ledger.had().elements())
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert len(set(ledger.sent.values())) == len(ledger.sent)
