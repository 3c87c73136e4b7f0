"""The digest across the wards of a leaders' channel: real changes first, no ranking, no small numbers."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from bot.chat.message import Facts, Heading, Message, Note, Part, Text
from bot.measures import weekly
from bot.measures.catalogue import MEASURES
from bot.measures.signals import reading_of
from bot.measures.small import KnownSets, counted_in, known_sets
from bot.privacy.small import Small
from bot.prompts.digest.change import Read, read_all
from bot.prompts.digest.known import known_of
from bot.prompts.digest.week import Week, rows
from bot.prompts.library import Library
from bot.prompts.supplies import Supplies
from bot.prompts.words import commonest, count, listed, span_words
from bot.store import wards
from bot.store.database import Session
from bot.store.tables import Occurrence, Report, Ward
from bot.trends.reading import chart_of
from bot.trends.series import Series

OTHER = "other"
TOGETHER = "near_misses"
NOT_SHOWN = "not shown"
TELLS: Mapping[str, tuple[str, ...]] = {
    "to_answer": ("near_miss", "success"),
    "answered": ("unanswered",),
    "held": ("not_held",),
}
"""What a count would tell beside itself, together with the others that are shown."""


async def build_for_leaders(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """The week across the wards that share a leaders' channel."""
    library, small = supplies.library, supplies.small
    week = Week.before(occurrence.local_date)
    led = await wards.wards_led_at(session, ward.leaders_channel)
    keys = [one.key for one in led]
    each = await known_of(session, keys, occurrence.local_date)
    counts = [one.counts for one in each.values()]
    told = [report for one in each.values() for report in one.told]
    known = known_sets(led)
    read = await asyncio.to_thread(
        lambda: {one.name: read_all(each[one.key].figures, each[one.key].marks, wards=len(led)) for one in led}
    )
    reasons = [why for one in counts for why in one.reasons]

    def in_week(name: str, back: int) -> str:
        return shown(name, {ward_id: one.counts.weeks[back] for ward_id, one in each.items()}, known, small)

    title = f"{count(len(led), 'ward', 'wards')}: the week of {span_words(week.first, week.last)}"
    first = _first(read)
    unclear = [name for name, found in read.items() if not any(one.reading.enough for one in found)]
    parts: list[Part] = [Heading(title), Text(first)]
    if 0 < len(unclear) < len(led):
        parts.append(Text(f"Nothing can be told yet for {listed(unclear)}: too few weeks or too few reports."))
    facts = [
        *rows(counts, in_week),
        *_debriefs({ward_id: one.debriefs for ward_id, one in each.items()}, known, small),
        ("Why huddles were skipped, mostly", _large(library, "skip_reason", reasons, small)),
        ("What was building most", _named(library, "building", told, small)),
        ("What helped most", _named(library, "helped", told, small)),
    ]
    parts.append(Facts(tuple(row for row in facts if row[1])))
    parts += await asyncio.to_thread(_together, {key: one.figures[TOGETHER] for key, one in each.items()}, known, small)
    parts.append(
        Note(
            "Wards report differently, so these are no ranking; more reports can mean more speaking up. "
            f"Counts {small.span}, and what would tell them, are not shown. Not a formal return."
        )
    )
    return Message("leaders_digest", f"{title}. {first}", tuple(parts))


def shown(name: str, counts: Mapping[int, Mapping[str, int]], known: KnownSets, small: Small) -> str:
    """A total over wards, as it may be seen by whoever knows what some of them counted."""
    total = sum(one[name] for one in counts.values())
    cells = (name, *TELLS.get(name, ()))
    told = (tells_few({ward_id: one[cell] for ward_id, one in counts.items()}, known, small) for cell in cells)
    return NOT_SHOWN if not small.is_small(total) and any(told) else small.shown(total)


def tells_few(counts: Mapping[int, int], known: KnownSets, small: Small) -> bool:
    """Whether a total is small, or is so without the counts of wards that somebody knows."""
    total = sum(counts.values())
    return any(small.is_small(total - sum(counts.get(ward_id, 0) for ward_id in some)) for some in known)


def _first(read: Mapping[str, Sequence[Read]]) -> str:
    """The wards with a real change, named with what changed; by what it is, and by name, never by how much."""
    changed: dict[str, tuple[tuple[int, int], list[str]]] = {}
    for name, found in read.items():
        for one in found:
            if one.changed:
                changed.setdefault(one.words, (one.rank, []))[1].append(name)
    if changed:
        said = [
            f"{words} on {listed(names)}" for words, (_, names) in sorted(changed.items(), key=lambda one: one[1][0])
        ]
        return f"A real change: {'; '.join(said)}. Ask the ward what is behind it before anything else."
    if any(one.reading.enough for found in read.values() for one in found):
        return "No ward shows a real change."
    return "Too early to tell a real change on any one ward."


def _together(every: Mapping[int, Series], known: KnownSets, small: Small) -> list[Part]:
    """The near misses of all wards, where neither a week of theirs tells a small number, nor what is left out of it.

    The wards left out are too new to be in the chart, and are counted in the rows beside it.
    """
    series = weekly.together(every.values())
    counted = counted_in(every, series)
    weeks: dict[bool, defaultdict[date, dict[int, int]]] = {True: defaultdict(dict), False: defaultdict(dict)}
    for ward_id, one in every.items():
        for start, number in zip(one.starts, one.counts, strict=True):
            weeks[ward_id in counted][start][ward_id] = number
    told = (tells_few(week, known, small) for by_week in weeks.values() for week in by_week.values())
    if series is None or not any(series.counts) or any(told):
        return [Text("All together: too few reports to show a trend without pointing at a ward.")]
    reading = reading_of(TOGETHER, series)
    chart = chart_of(reading, f"{MEASURES[TOGETHER].title}, all wards together")
    return [Text(f"All together: {reading.sentence}"), chart]


def _debriefs(counted: Mapping[int, Counter[str]], known: KnownSets, small: Small) -> list[tuple[str, str]]:
    """How many were held of how many, where any was offered; held alone tells how many were not."""
    if not any(one["offered"] for one in counted.values()):
        return []
    counts = {
        ward_id: {"offered": one["offered"], "held": one["held"], "not_held": one["offered"] - one["held"]}
        for ward_id, one in counted.items()
    }
    held, offered = (shown(name, counts, known, small) for name in ("held", "offered"))
    if NOT_SHOWN in (held, offered):
        return [("Debriefs offered", offered)]
    return [("Debriefs held", f"{held} of {offered} offered")]


def _named(library: Library, name: str, told: Sequence[Report], small: Small) -> str:
    return _large(library, name, [value for report in told for value in getattr(report, name) if value != OTHER], small)


def _large(library: Library, name: str, values: Sequence[str], small: Small) -> str:
    """The commonest without their numbers, and only those that are no small number."""
    return "; ".join(library.label(name, value) for value, number in commonest(values) if not small.is_small(number))
