"""The digest across the wards of a leaders' channel: real changes first, no ranking, no small numbers."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from bot.chat.message import Facts, Heading, Message, Note, Part, Text
from bot.measures import weekly
from bot.measures.catalogue import MEASURES
from bot.measures.signals import reading_of
from bot.privacy.small import Small
from bot.prompts import debrief
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
TELLS: Mapping[str, tuple[str, ...]] = {"to_answer": ("near_miss", "success"), "answered": ("unanswered",)}
"""What a count would tell beside itself, together with the others that are shown."""


async def build_for_leaders(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """The week across the wards that share a leaders' channel."""
    library, small = supplies.library, supplies.small
    week = Week.before(occurrence.local_date)
    led = await wards.wards_led_at(session, ward.leaders_channel)
    keys = [one.key for one in led]
    known = await known_of(session, keys, occurrence.local_date)
    counts = [one.counts for one in known.values()]
    told = [report for one in known.values() for report in one.told]
    debriefs = sum((one.debriefs for one in known.values()), Counter[str]())
    read = await asyncio.to_thread(
        lambda: {one.name: read_all(known[one.key].figures, known[one.key].marks) for one in led}
    )
    reasons = [why for one in counts for why in one.reasons]
    title = f"{count(len(led), 'ward', 'wards')}: the week of {span_words(week.first, week.last)}"
    first = _first(read)
    unclear = [name for name, found in read.items() if not any(one.reading.enough for one in found)]
    parts: list[Part] = [Heading(title), Text(first)]
    if 0 < len(unclear) < len(led):
        parts.append(Text(f"Nothing can be told yet for {listed(unclear)}: too few weeks or too few reports."))
    facts = [
        *rows(counts, lambda name, back: shown(name, [one.weeks[back] for one in counts], small)),
        *debrief.digest_rows(debriefs["held"], debriefs["offered"], small),
        ("Why huddles were skipped, mostly", _large(library, "skip_reason", reasons, small)),
        ("What was building most", _named(library, "building", told, small)),
        ("What helped most", _named(library, "helped", told, small)),
    ]
    parts.append(Facts(tuple(row for row in facts if row[1])))
    parts += await asyncio.to_thread(_together, [one.figures[TOGETHER] for one in known.values()], small)
    parts.append(
        Note(
            "Wards report differently, so these are no ranking; more reports can mean more speaking up. "
            f"Counts {small.span}, and what would tell them, are not shown. Not a formal return."
        )
    )
    return Message("leaders_digest", f"{title}. {first}", tuple(parts))


def shown(name: str, counts: Sequence[Mapping[str, int]], small: Small) -> str:
    """A total over wards, as it may be seen by somebody who knows what their own ward counted."""
    total = sum(one[name] for one in counts)
    if small.is_small(total):
        return small.under
    cells = (name, *TELLS.get(name, ()))
    return NOT_SHOWN if any(tells_few([one[cell] for one in counts], small) for cell in cells) else str(total)


def tells_few(counts: Collection[int], small: Small) -> bool:
    """Whether a total is small, or is so without the count of one ward, which that ward knows."""
    total = sum(counts)
    return small.is_small(total) or any(small.is_small(total - own) for own in counts)


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


def _together(every: Sequence[Series], small: Small) -> list[Part]:
    """The near misses of all wards, where no week of theirs tells a small number."""
    series = weekly.together(every)
    weeks = defaultdict[object, list[int]](list)
    for one in every:
        for start, number in zip(one.starts, one.counts, strict=True):
            weeks[start].append(number)
    if series is None or not any(series.counts) or any(tells_few(weeks[start], small) for start in series.starts):
        return [Text("All together: too few reports to show a trend without pointing at a ward.")]
    reading = reading_of(TOGETHER, series)
    chart = chart_of(reading, f"{MEASURES[TOGETHER].title}, all wards together")
    return [Text(f"All together: {reading.sentence}"), chart]


def _named(library: Library, name: str, told: Sequence[Report], small: Small) -> str:
    return _large(library, name, [value for report in told for value in getattr(report, name) if value != OTHER], small)


def _large(library: Library, name: str, values: Sequence[str], small: Small) -> str:
    """The commonest without their numbers, and only those that are no small number."""
    return "; ".join(library.label(name, value) for value, number in commonest(values) if not small.is_small(number))
