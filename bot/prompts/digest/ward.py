"""A ward's own digest: what changed for real, the week in figures, a success and a suggestion; under 200 words."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from bot.chat.message import Chart, Facts, Heading, Message, Note, Part, Text
from bot.measures.catalogue import MEASURES
from bot.prompts import checks, debrief
from bot.prompts.digest.change import Read, first_sentence, read_all
from bot.prompts.digest.known import Known, known_of
from bot.prompts.digest.week import Counts, Week, rows
from bot.prompts.library import Library, NothingFits, Reminder
from bot.prompts.supplies import Supplies
from bot.prompts.turn import of_the_week
from bot.prompts.words import commonest, listed, span_words
from bot.store.database import Session
from bot.store.reports import ANSWERED
from bot.store.tables import Mark, Occurrence, Report, Ward
from bot.trends.reading import chart_of

MOST_WORDS = 199
"""Without the chart's alternative text: as much as is read at a handover."""
MOST_NAMED = 2
OTHER = "other"
LEVELS = {"prevention": "prevention", "de_escalation": "de-escalation", "intervention": "intervention"}
MODEL = "a guide, not a target: 70/20/10, Respect Training"
FEWEST_FOR_PERCENT = 10
FIRST_WEEK = "This ward has just begun. From next week its huddles and reports are summed up here."
SKIPPED = "Thank you for saying why huddles were skipped: it shows when there is no time for them."
QUIET = "Nothing was reported this week, and that is fine. A near miss or a success takes less than a minute."
THANKS = "Thank you. Each huddle and each report helps somebody on a later shift."
NOTE = "Counts of what people chose to report; more can mean more speaking up. Not a formal return."


class Room:
    """The words that are left."""

    def __init__(self, words: int) -> None:
        self.left = words

    def holds(self, *texts: str) -> bool:
        """Whether these still fit; if so, they have their room."""
        words = sum(len(text.split()) for text in texts)
        if words > self.left:
            return False
        self.left -= words
        return True

    def rows(self, every: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those of some rows that still fit, of those that say anything."""
        return [row for row in every if row[1] and self.holds(*row)]

    def texts(self, *every: str) -> list[Part]:
        """Those of some texts that still fit."""
        return [Text(text) for text in every if text and self.holds(text)]


async def build(
    session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence, *, elsewhere: bool = False
) -> Message:
    """A ward's week.

    A success is told only where its line was shared, and so not `elsewhere` than in the ward's own channel.
    """
    known = (await known_of(session, [ward.key], occurrence.local_date))[ward.key]
    if elsewhere:
        known.stories.clear()
    return await asyncio.to_thread(write, supplies.library, ward, occurrence.local_date, known)


async def build_together(session: Session, supplies: Supplies, due: Sequence[tuple[Ward, Occurrence]]) -> list[Message]:
    """The same of several wards at once, in the order given: many wards' digests are due at one minute."""
    known: dict[tuple[int, date], Known] = {}
    for on in {occurrence.local_date for _, occurrence in due}:
        wards = [ward.key for ward, occurrence in due if occurrence.local_date == on]
        known |= {(ward_id, on): one for ward_id, one in (await known_of(session, wards, on)).items()}

    def written() -> list[Message]:
        return [
            write(supplies.library, ward, occurrence.local_date, known[ward.key, occurrence.local_date])
            for ward, occurrence in due
        ]

    return await asyncio.to_thread(written)


def write(library: Library, ward: Ward, on: date, known: Known) -> Message:
    """The digest of that day. What matters most comes first, and has its words first: what does not fit is left out."""
    week, counts, told = Week.before(on), known.counts, known.told
    found = read_all(known.figures, known.marks, known.targets)
    title = f"{ward.name}: the week of {span_words(week.first, week.last)}"
    if not (any(one.starts for one in known.figures.values()) or told or counts.total("planned")):
        return Message("digest", f"{title}. {FIRST_WEEK}", (Heading(title), Text(FIRST_WEEK)))

    first, chart = first_sentence(found), _chart(found, known.marks)
    room = Room(MOST_WORDS)
    room.holds(title, first, NOTE, chart.title if chart else "")
    thanks = room.texts(_thanks(library, counts, on))  # kindness has its words before the figures
    building = _named(told, "building")
    facts = room.rows(
        [
            *rows([counts], lambda name, back: str(counts.weeks[back][name])),
            ("What was building most", _most(library, "building", building)),
            ("What helped most", _most(library, "helped", _named(told, "helped"))),
            ("Where it was settled", _levels(told)),
        ]
    )
    also = [one.words for one in found[1:] if one.changed]
    changes = room.texts(f"Also a real change: {listed(also)}." if also else "")
    story = room.texts(*(f"A success that was shared: “{line}”" for line in known.stories[:1]))
    to_try = room.texts(_suggestion(library, ward, on, building, room.left))
    facts += room.rows(
        [
            *debrief.digest_rows(known.debriefs["held"], known.debriefs["offered"]),
            *checks.digest_rows(known.checks, week.last),
            ("Why huddles were skipped", _most(library, "skip_reason", counts.reasons)),
        ]
    )
    parts = [Heading(title), Text(first), *changes, Facts(tuple(facts)), *([chart] if chart else [])]
    return Message("digest", f"{title}. {first}", (*parts, *story, *to_try, *thanks, Note(NOTE)))


def _chart(found: Sequence[Read], noted: Sequence[Mark]) -> Chart | None:
    """Of what the first sentence is about, else of the near misses, if there are any."""
    about = next((one for one in found if one.changed or one.key == "near_misses"), None)
    if about is None or not any(point.value for point in about.reading.points):
        return None
    words = [(mark.day, mark.text) for mark in noted]
    return chart_of(about.reading, MEASURES[about.key].title, words)


def _named(told: Sequence[Report], name: str) -> list[str]:
    return [value for report in told for value in getattr(report, name) if value != OTHER]


def _most(library: Library, name: str, values: Sequence[str]) -> str:
    return "; ".join(f"{library.label(name, value)} ({number})" for value, number in commonest(values, MOST_NAMED))


def _levels(told: Sequence[Report]) -> str:
    """Where near misses and successes were settled; of ten or more as percentages, beside the model's.

    Tallies are left out: they are interventions by what they are, and would look like blame.
    """
    counted = Counter(report.level for report in told if report.kind in ANSWERED)
    total = sum(counted[level] for level in LEVELS)
    if total < FEWEST_FOR_PERCENT:
        return ", ".join(f"{words} {counted[level]}" for level, words in LEVELS.items()) if total else ""
    mix = ", ".join(f"{words} {100 * counted[level] / total:.0f}%" for level, words in LEVELS.items())
    return f"{mix} ({MODEL})"


def _suggestion(library: Library, ward: Ward, on: date, building: Sequence[str], most_words: int) -> str:
    """One idea from the library for what was building most, of those that are short enough."""
    for value, _ in commonest(building):
        topics = library.leanings.get(value, ())
        fitting = [one for one in library.reminders_for(ward.specialty, on) if one.topic in topics]
        short = [one for one in fitting if len(_to_try(one).split()) <= most_words]
        if short:
            return _to_try(of_the_week(short, on))
    return ""


def _to_try(item: Reminder) -> str:
    return f"To try: {item.text}"


def _thanks(library: Library, counts: Counts, on: date) -> str:
    """Thanks for something that the ward did in the week, in words that it has not read for a while."""
    now = counts.weeks[0]
    done = {
        "success_shared": now["success"],
        "action_closed": now["closed"],
        "near_miss_reported": now["near_miss"],
        "huddle_held": now["held"] + now["extra"],
    }
    occasions = [occasion for occasion, times in done.items() if times]
    if not occasions:
        return SKIPPED if counts.reasons else QUIET
    try:
        return of_the_week([one for one in library.recognition.values() if one.occasion in occasions], on).text
    except NothingFits:
        return THANKS
