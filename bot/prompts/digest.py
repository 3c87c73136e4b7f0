"""The weekly digest: for a ward, and across wards for its leaders. Honest about what chance alone can do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.chat.message import Facts, Heading, Message, Note, Part, Text
from bot.privacy.small import FEWEST_SHOWN, is_small
from bot.prompts import checks, debrief
from bot.prompts.library import Library, NothingFits
from bot.prompts.turn import of_the_week
from bot.prompts.words import commonest, count, listed, span_words
from bot.store import checks as counts
from bot.store import huddles, ledger, reports, wards
from bot.store.database import Session
from bot.store.tables import Occurrence, Report, Ward
from bot.trends.reading import Reading, chart_of, read
from bot.trends.series import Series

WEEK = timedelta(days=7)
WEEKS_SHOWN = 26
LEVELS = {"prevention": "early", "de_escalation": "by talking and space", "intervention": "by stepping in"}
OTHER = "other"
FIRST_WEEK = "This ward has just begun. From next week its huddles and reports are summed up here."


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
    extra: int
    near_misses: int
    successes: int
    closed: int
    answered: int
    to_answer: int
    tallied: int
    skipped: tuple[str, ...]
    """The reason of each huddle that was skipped."""


async def build(session: Session, library: Library, ward: Ward, occurrence: Occurrence) -> Message:
    """A ward's week: what changed for real, the figures against the week before, the chart."""
    week = Week.before(occurrence.local_date)
    now, before = await _figures(session, [ward.key], week), await _figures(session, [ward.key], week.back(1))
    told = await reports.reports_between(session, [ward.key], week.first, week.last)
    held = await huddles.huddles_between(session, [ward.key], week.first, week.last)
    starts, near_misses = await _counts(session, [ward.key], "near_miss", week)
    successes = await _counts(session, [ward.key], "success", week)
    reading = _read(starts, near_misses, "near misses")

    expected = [
        library.label(question, value)
        for huddle in held
        for question in ("environment", "relational")
        for value in huddle.answers.get(question, [])
    ]
    building = [library.label("building", value) for report in told for value in report.building if value != OTHER]
    helped = [library.label("helped", value) for report in told for value in report.helped if value != OTHER]
    rows = [
        *_rows(now, before, str),
        *await debrief.digest_rows(session, [ward.key], week.first, week.last),
        ("Why huddles were skipped", _most([library.label("skip_reason", reason) for reason in now.skipped])),
        ("What was building most", _most(building)),
        ("What helped most", _most(helped)),
        ("What huddles looked out for", _most(expected)),
        ("How they settled", _levels(told)),
        *await _checks(session, ward, week),
    ]
    title = f"{ward.name}: the week of {span_words(week.first, week.last)}"
    if not (starts or told or now.planned):
        return Message("digest", f"{title}. {FIRST_WEEK}", (Heading(title), Text(FIRST_WEEK)))
    skips = await _skips(session, [ward.key], week)
    parts: list[Part] = [
        Heading(title),
        *_sentences(reading, successes, skips),
        Facts(tuple(row for row in rows if row[1])),
    ]
    if any(near_misses):
        parts.append(chart_of(reading, "Near misses a week"))
    parts += [
        Text(_thanks(library, now, occurrence.local_date)),
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
    reading = _read(starts, near_misses, "near misses")
    changed: list[str] = []
    unclear: list[str] = []
    for one in led:
        own = _read(*await _counts(session, [one.key], "near_miss", week), "near misses")
        if not own.enough:
            unclear.append(one.name)
        elif own.meaning != "common_cause":
            changed.append(one.name)
    rows = [
        *_rows(now, before, _shown),
        *await debrief.digest_rows(session, keys, week.first, week.last, _shown),
        ("Why huddles were skipped, mostly", _large(library, "skip_reason", now.skipped)),
        ("What was building most", _most_of_many(library, "building", told)),
        ("What helped most", _most_of_many(library, "helped", told)),
    ]
    large_enough = bool(near_misses) and min(near_misses) >= FEWEST_SHOWN
    together = reading.sentence if large_enough else "too few reports to show a trend without pointing at a ward."
    title = f"{count(len(led), 'ward', 'wards')}: the week of {span_words(week.first, week.last)}"
    if changed:
        first = (
            f"A real change in near misses on {listed(changed)}. Ask the ward what is behind it before anything else."
        )
    elif len(unclear) < len(led):
        first = "No ward shows a real change in near misses."
    else:
        first = "Too early to tell a real change on any one ward."
    parts: list[Part] = [Heading(title), Text(first), Text(f"All together: {together}")]
    if 0 < len(unclear) < len(led):
        parts.append(Text(f"Nothing can be told yet for {listed(unclear)}: too few weeks or too few reports."))
    parts.append(Facts(tuple(row for row in rows if row[1])))
    if large_enough:
        parts.append(chart_of(reading, "Near misses a week, all wards"))
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

    answered, to_answer = await reports.count_answered(session, ward_ids, first, last)
    return Figures(
        planned=await ledger.count_planned(session, ward_ids, "huddle", first, last),
        held=await huddles.count_held(session, ward_ids, first, last, planned=True),
        extra=await huddles.count_held(session, ward_ids, first, last, planned=False),
        near_misses=await reported("near_miss"),
        successes=await reported("success"),
        closed=await huddles.count_closed(session, ward_ids, first, last),
        answered=answered,
        to_answer=to_answer,
        tallied=await reported("restrictive"),
        skipped=tuple(reason for _, reason in await huddles.skips_by_day(session, ward_ids, first, last)),
    )


def _rows(now: Figures, before: Figures, shown: Callable[[int], str]) -> list[tuple[str, str]]:
    """The figures beside the week before, each count as `shown` lets it be seen."""
    extra = f", and {now.extra} beside the plan" if now.extra else ""
    huddles_held = f"{_of_planned(now)}{extra} ({_of_planned(before)} the week before)"
    counted = (
        ("Near misses", now.near_misses, before.near_misses),
        ("Successes", now.successes, before.successes),
        ("Actions closed", now.closed, before.closed),
    )
    rows = [(label, f"{shown(this)} ({shown(last)} the week before)") for label, this, last in counted]
    if now.to_answer or before.to_answer:
        answers = f"{_answered(now, shown)} ({_answered(before, shown)} the week before)"
        rows.append(("Reports answered", answers))
    if now.tallied or before.tallied:  # none tallied is not the same as none
        tallied = f"{shown(now.tallied)} ({shown(before.tallied)} the week before)"
        rows.append(("Restrictive interventions (tally)", tallied))
    return [("Huddles held", huddles_held), *_skipped(now, before, shown), *rows]


def _skipped(now: Figures, before: Figures, shown: Callable[[int], str]) -> list[tuple[str, str]]:
    """The huddles that were skipped with a reason, where there are any: being too busy is worth knowing too."""
    this, last = len(now.skipped), len(before.skipped)
    return [("Huddles skipped", f"{shown(this)} ({shown(last)} the week before)")] if this or last else []


def _answered(week: Figures, shown: Callable[[int], str]) -> str:
    """The share of a week's reports that have an answer by now."""
    return f"{shown(week.answered)} of {shown(week.to_answer)}" if week.to_answer else "none to answer"


def _of_planned(week: Figures) -> str:
    return f"{week.held} of {week.planned} planned" if week.planned else "none planned"


async def _checks(session: Session, ward: Ward, week: Week) -> list[tuple[str, str]]:
    """What the ward counted of itself, and whether that has really changed."""
    now, before = [await counts.latest(session, ward.key, one.first, one.last) for one in (week, week.back(1))]
    trends = {
        measure: checks.trend(measure, await counts.series(session, ward.key, measure), week.last) for measure in now
    }
    return list(checks.rows_of_week(now, before, trends))


async def _counts(session: Session, ward_ids: Sequence[int], kind: str, week: Week) -> tuple[list[date], list[int]]:
    """The starts and the counts of the whole weeks up to `week` since the wards' first report, at most 26."""
    starts = _starts(await reports.first_day(session, ward_ids), week)
    if not starts:
        return [], []
    return starts, _by_week(starts, await reports.counts_by_day(session, ward_ids, kind, starts[0], week.last))


async def _skips(session: Session, ward_ids: Sequence[int], week: Week) -> tuple[list[date], list[int]]:
    """The starts of the whole weeks up to `week` since the first huddle was planned, at most 26, and how many were
    skipped in each."""
    starts = _starts(await ledger.first_planned(session, ward_ids, "huddle"), week)
    if not starts:
        return [], []
    skipped = await huddles.skips_by_day(session, ward_ids, starts[0], week.last)
    return starts, _by_week(starts, [(day, 1) for day, _ in skipped])


def _starts(began: date | None, week: Week) -> list[date]:
    """When the whole weeks up to `week` start, from that day on and at most 26."""
    if began is None or began > week.last:
        return []
    first = max(week.back(WEEKS_SHOWN - 1).first, week.first - (week.first - began) // WEEK * WEEK)
    return [first + number * WEEK for number in range((week.last - first) // WEEK + 1)]


def _by_week(starts: Sequence[date], days: Iterable[tuple[date, int]]) -> list[int]:
    totals: Counter[int] = Counter()
    for day, number in days:
        totals[(day - starts[0]) // WEEK] += number
    return [totals[week] for week in range(len(starts))]


def _read(starts: Sequence[date], counts: Sequence[int], what: str) -> Reading:
    return read(Series(what, "neutral", tuple(starts), tuple(counts)))


def _sentences(
    reading: Reading, successes: tuple[list[date], list[int]], skips: tuple[list[date], list[int]]
) -> list[Part]:
    """What changed for real, for near misses and, where that can be told too, for successes; and for skipped huddles,
    where they did."""
    parts: list[Part] = [Text(reading.sentence)]
    if reading.enough:
        parts.append(Text(_read(*successes, "successes").sentence))
    skipped = _read(*skips, "skipped huddles")
    if skipped.enough and skipped.meaning != "common_cause":
        parts.append(Text(skipped.sentence))
    return parts


def _most(labels: Sequence[str]) -> str:
    return "; ".join(f"{label} ({number})" for label, number in commonest(labels))


def _most_of_many(library: Library, name: str, told: Sequence[Report]) -> str:
    return _large(library, name, [value for report in told for value in getattr(report, name) if value != OTHER])


def _large(library: Library, name: str, values: Sequence[str]) -> str:
    """The commonest without their numbers, and only those that are no small number."""
    found = commonest(values)
    return "; ".join(library.label(name, value) for value, number in found if number >= FEWEST_SHOWN)


def _levels(told: Sequence[Report]) -> str:
    counted = Counter(report.level for report in told)
    return ", ".join(f"{counted[level]} {words}" for level, words in LEVELS.items() if counted[level])


def _shown(number: int) -> str:
    return f"fewer than {FEWEST_SHOWN}" if is_small(number) else str(number)


def _thanks(library: Library, now: Figures, on: date) -> str:
    """Thanks for something that the ward did in the week, in words that it has not read for a while."""
    done = {
        "success_shared": now.successes,
        "action_closed": now.closed,
        "near_miss_reported": now.near_misses,
        "huddle_held": now.held + now.extra,
    }
    occasions = [occasion for occasion, times in done.items() if times]
    if not occasions and now.skipped:
        return "Thank you for saying why huddles were skipped: it shows when there is no time for them."
    if not occasions:
        return "Nothing was reported this week, and that is fine. A near miss or a success takes less than a minute."
    fitting = [one for one in library.recognition.values() if one.occasion in occasions]
    try:
        return of_the_week(fitting, on).text
    except NothingFits:
        return "Thank you. Each huddle and each report helps somebody on a later shift."
