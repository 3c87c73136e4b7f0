"""The weekly digest: for a ward, and across wards for its leaders. Honest about what chance alone can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.chat.message import Chart, Facts, Heading, Message, Note, Part, Point, Text
from bot.prompts.library import Library
from bot.prompts.words import commonest, count, listed, span_words
from bot.store import huddles, ledger, reports, wards
from bot.store.database import Session
from bot.store.tables import Occurrence, Report, Ward
from bot.trends.week import Reading, read_change, weekly

WEEK = timedelta(days=7)
WEEKS_SHOWN = 26
LEVELS = {"prevention": "early, by prevention", "de_escalation": "by de-escalation", "intervention": "by stepping in"}
FEWEST_SHOWN = 5
"""Across wards a smaller count is not shown: on a small ward it could point at a person."""


@dataclass(frozen=True)
class Week:
    """Seven local dates, both included: those before the day of the digest."""

    first: date
    last: date

    @classmethod
    def before(cls, day: date) -> Week:
        """The week that ends the day before `day`."""
        return cls(day - WEEK, day - timedelta(days=1))

    def back(self, weeks: int) -> Week:
        """The week so many weeks earlier."""
        return Week(self.first - weeks * WEEK, self.last - weeks * WEEK)


@dataclass(frozen=True)
class Figures:
    """What happened in a week on some wards."""

    planned: int
    held: int
    near_misses: int
    successes: int
    closed: int


async def build(session: Session, library: Library, ward: Ward, occurrence: Occurrence) -> Message:
    """A ward's week: what changed for real, the figures against the week before, the chart."""
    week = Week.before(occurrence.local_date)
    now, before = await _figures(session, [ward.key], week), await _figures(session, [ward.key], week.back(1))
    told = await reports.reports_between(session, [ward.key], week.first, week.last)
    held = await huddles.huddles_between(session, [ward.key], week.first, week.last)
    starts, near_misses = await _counts(session, [ward.key], "near_miss", week)
    _, successes = await _counts(session, [ward.key], "success", week)
    reading = read_change(near_misses, "near misses")

    expected = [
        library.label(question, value)
        for huddle in held
        for question in ("environment", "relational")
        for value in huddle.answers.get(question, [])
    ]
    building = [library.label("building", value) for report in told for value in report.building]
    helped = [library.label("helped", value) for report in told for value in report.helped]
    rows = [
        ("Huddles held", f"{now.held} of {now.planned} planned ({before.held} of {before.planned} the week before)"),
        ("Near misses", f"{now.near_misses} ({before.near_misses} the week before)"),
        ("Successes", f"{now.successes} ({before.successes} the week before)"),
        ("What was building most", _most(building)),
        ("What huddles looked out for", _most(expected)),
        ("What helped most", _most(helped)),
        ("Where it was settled", _levels(told)),
        ("Actions closed", f"{now.closed} ({before.closed} the week before)"),
    ]
    title = f"{ward.name}: the week of {span_words(week.first, week.last)}"
    parts: list[Part] = [Heading(title), *_sentences(reading, successes), Facts(tuple(row for row in rows if row[1]))]
    if any(near_misses):
        parts.append(_chart("Near misses a week", starts, near_misses, reading, "near misses"))
    parts += [
        Text(_thanks(now)),
        Note("Counts of what people chose to report; more can mean more speaking up. Not a formal return."),
    ]
    return Message("digest", f"{title}. {reading.sentence}", tuple(parts))


async def build_for_leaders(session: Session, library: Library, ward: Ward, occurrence: Occurrence) -> Message:
    """The week across the wards that share a leaders' channel: real changes first, small numbers not shown."""
    week = Week.before(occurrence.local_date)
    led = await wards.wards_led_at(session, ward.leaders_channel)
    keys = [one.key for one in led]
    now, before = await _figures(session, keys, week), await _figures(session, keys, week.back(1))
    told = await reports.reports_between(session, keys, week.first, week.last)
    starts, near_misses = await _counts(session, keys, "near_miss", week)
    reading = read_change(near_misses, "near misses")
    changed: list[str] = []
    early: list[str] = []
    for one in led:
        _, counts = await _counts(session, [one.key], "near_miss", week)
        own = read_change(counts, "near misses")
        if own.chart_points and own.chart_points[-1] != "common_cause":
            changed.append(one.name)
        elif len(counts) < 12:
            early.append(one.name)

    rows = [
        ("Huddles held", f"{now.held} of {now.planned} planned ({before.held} of {before.planned} the week before)"),
        ("Near misses", f"{_shown(now.near_misses)} ({_shown(before.near_misses)} the week before)"),
        ("Successes", f"{_shown(now.successes)} ({_shown(before.successes)} the week before)"),
        ("What was building most", _most_of_many(library, "building", told)),
        ("What helped most", _most_of_many(library, "helped", told)),
        ("Actions closed", f"{_shown(now.closed)} ({_shown(before.closed)} the week before)"),
    ]
    large_enough = bool(near_misses) and min(near_misses) >= FEWEST_SHOWN
    together = reading.sentence if large_enough else "too few reports to show a trend without pointing at a ward."
    title = f"{count(len(led), 'ward', 'wards')}: the week of {span_words(week.first, week.last)}"
    first = (
        f"A real change in near misses on {listed(changed)}. Ask the ward what is behind it before anything else."
        if changed
        else "No ward shows a real change in near misses this week."
    )
    parts: list[Part] = [Heading(title), Text(first), Text(f"All together: {together}")]
    if early:
        parts.append(Text(f"Too early to tell for {listed(early)}: fewer than 12 weeks of reports."))
    parts.append(Facts(tuple(row for row in rows if row[1])))
    if large_enough:
        parts.append(_chart("Near misses a week, all wards", starts, near_misses, reading, "near misses"))
    parts.append(
        Note(
            "Wards report differently, so these are no ranking; more reports can mean more speaking up. "
            f"Counts of 1 to {FEWEST_SHOWN - 1} are not shown. Not a formal return."
        )
    )
    return Message("leaders_digest", f"{title}. {first}", tuple(parts))


async def _figures(session: Session, ward_ids: Sequence[int], week: Week) -> Figures:
    first, last = week.first, week.last

    async def reported(kind: str) -> int:
        return sum(number for _, number in await reports.counts_by_day(session, ward_ids, kind, first, last))

    return Figures(
        planned=await ledger.count_planned(session, ward_ids, "huddle", first, last),
        held=await huddles.count_held(session, ward_ids, first, last),
        near_misses=await reported("near_miss"),
        successes=await reported("success"),
        closed=await huddles.count_closed(session, ward_ids, first, last),
    )


async def _counts(session: Session, ward_ids: Sequence[int], kind: str, week: Week) -> tuple[list[date], list[int]]:
    """The starts and the counts of the whole weeks up to `week` since the wards' first report, at most 26."""
    began = await reports.first_day(session, ward_ids)
    if began is None or began > week.last:
        return [], []
    first = max(week.back(WEEKS_SHOWN - 1).first, week.first - (week.first - began) // WEEK * WEEK)
    by_day = await reports.counts_by_day(session, ward_ids, kind, first, week.last)
    dates = [day for day, number in by_day for _ in range(number)]
    rows = weekly(dates, first, week.last, first_weekday=week.first.weekday())
    return [start for start, _ in rows], [number for _, number in rows]


def _sentences(reading: Reading, successes: Sequence[int]) -> list[Part]:
    """What changed for real, for near misses and, where that can be told too, for successes."""
    parts: list[Part] = [Text(reading.sentence)]
    if reading.enough:
        parts.append(Text(read_change(successes, "successes").sentence))
    return parts


def _chart(title: str, starts: Sequence[date], counts: Sequence[int], reading: Reading, what: str) -> Chart:
    points = tuple(
        Point(f"{start.day} {start:%b}", number, meaning)
        for start, number, meaning in zip(starts, counts, reading.chart_points, strict=True)
    )
    limits = (
        f" Mean {reading.mean:.1f}, usual range {reading.lower:.1f} to {reading.upper:.1f}."
        if reading.mean is not None and reading.lower is not None and reading.upper is not None
        else " Too little data to draw a usual range."
    )
    alt = (
        f"Line chart of {what} a week over {count(len(counts), 'week', 'weeks')}, from {points[0].label} to "
        f"{points[-1].label}: lowest {min(counts)}, highest {max(counts)}, latest {counts[-1]}."
        f"{limits} {reading.sentence}"
    )
    return Chart(title, points, alt, reading.mean, reading.lower, reading.upper)


def _most(labels: Sequence[str]) -> str:
    return "; ".join(f"{label} ({number})" for label, number in commonest(labels))


def _most_of_many(library: Library, name: str, told: Sequence[Report]) -> str:
    """The commonest without their numbers, and only those that are no small number."""
    found = commonest([value for report in told for value in getattr(report, name)])
    return "; ".join(library.label(name, value) for value, number in found if number >= FEWEST_SHOWN)


def _levels(told: Sequence[Report]) -> str:
    counted = [f"{sum(report.level == level for report in told)} {words}" for level, words in LEVELS.items()]
    return ", ".join(counted) if told else ""


def _shown(number: int) -> str:
    return str(number) if number >= FEWEST_SHOWN or number == 0 else f"fewer than {FEWEST_SHOWN}"


def _thanks(now: Figures) -> str:
    if not now.held + now.near_misses + now.successes:
        return "Nothing was reported this week, and that is fine. A near miss or a success takes less than a minute."
    told = listed(
        [
            words
            for number, words in (
                (now.held, count(now.held, "huddle", "huddles")),
                (now.near_misses, count(now.near_misses, "near miss", "near misses")),
                (now.successes, count(now.successes, "success", "successes")),
            )
            if number
        ]
    )
    return f"Thank you for {told}. Each one helps somebody on a later shift."
