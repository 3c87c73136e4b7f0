"""The library against all of its rules: each item's, and those that only the whole can keep or break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, time, timedelta
from typing import get_args

from bot.prompts.library.items import Band, HuddleSet, Reviewed, Setting, Shift
from bot.prompts.library.library import Library
from bot.prompts.library.posters import Poster
from bot.prompts.library.read import Fault
from bot.prompts.library.rules import TO_BE_CLEAN, breaches

SHARES: Mapping[Band, int] = {"prevention": 70, "de_escalation": 20, "intervention": 10}
"""In percent: the model of Respect Training."""
WITHIN = 2

FEWEST_OF_TOPIC: Mapping[str, int] = {
    "relationship": 8,
    "environment": 10,
    "sensory": 10,
    "predictability": 10,
    "early-signs": 8,
    "flashpoints": 12,
    "bad-news": 6,
    "basic-needs": 10,
    "support-sheets": 10,
    "activity": 6,
    "communication": 10,
    "handover": 6,
    "rights": 6,
    "self-regulation": 4,
    "posture-and-space": 4,
    "one-voice": 3,
    "listening": 5,
    "concise": 3,
    "validation": 4,
    "choices": 4,
    "distraction": 3,
    "fair-limits": 2,
    "when-not-to-intervene": 3,
    "call-help": 2,
    "last-resort": 2,
    "certified-training": 2,
    "recording": 2,
    "reassurance": 2,
    "debrief": 3,
}
"""Reminders that the built-in library has of each topic: 160, so that a ward's day is new for most of a year."""
FEWEST: Mapping[str, int] = {"scenarios": 40, "supervision": 52, "debriefs": 26, "posters": 12}
"""Scenes for most weeks of a year, supervision for every week, debriefs for every event two or three times, a dozen
posters to choose from."""
FEWEST_WHEN_NOT_TO_INTERVENE = 12
"""Scenes about leaving be, which is the harder choice to learn."""

FEWEST_FOR_A_WARD: Mapping[Band, int] = {"prevention": 14, "de_escalation": 4, "intervention": 2}
"""Reminders that a ward needs on any day: 20 in a row of which none comes twice, in the shares of 70/20/10."""
FEWEST_SCENES_FOR_A_WARD = 8

LibraryRule = Callable[[Library], Iterator[Fault]]


def check(library: Library, on: date | None = None) -> list[Fault]:
    """Every fault of the library; with a day, also those whose review is overdue on it, and what that leaves."""
    faults = list(library.faults)
    for item in library.items:
        entry = library.entries[item.id]
        faults += [entry.fault(reason, where) for where, reason in breaches(TO_BE_CLEAN, item, library.banned)]
    for rule in WHOLE if library.own else (*WHOLE, *BUILT_IN):
        faults += rule(library)
    faults += too_few_for_a_ward(library, on)
    if on:
        faults += [_fault(library, item, f"review was due by {item.review_by}") for item in library.overdue(on)]
    return sorted(faults)


def too_few_for_a_ward(library: Library, on: date | None = None) -> Iterator[Fault]:
    """What a ward of each setting would have too little of: on that day, or else in any season, were all in review.

    Without it a trust could withdraw all that fits its one acute ward, and not notice that the ward hears nothing.
    """
    days = [on] if on else [date.min + timedelta(days=quarter) for quarter in (0, 91, 182, 273)]
    for setting in get_args(Setting):
        for day in days:
            fewest: Counter[Band] = Counter()
            for shift in get_args(Shift):
                bands = Counter(one.band for one in library.reminders_for(setting, day, shift))
                fewest |= Counter({band: max(0, wanted - bands[band]) for band, wanted in FEWEST_FOR_A_WARD.items()})
            for band, missing in sorted(fewest.items()):
                wanted = FEWEST_FOR_A_WARD[band]
                words = f"{wanted - missing} reminders of this band fit {setting} wards, should be {wanted} or more"
                yield Fault("reminders/", band, words)
            if fewest:
                break  # said once for a setting, not once for each season
        scenes = len(library.scenarios_for(setting, days[0]))
        if scenes < FEWEST_SCENES_FOR_A_WARD:
            words = f"{scenes} fit {setting} wards, should be {FEWEST_SCENES_FOR_A_WARD} or more"
            yield Fault("scenarios/", setting, words)
    if on and all(one.expired(on) for one in library.huddle_sets):
        yield Fault("huddles/", "", f"none is in review on {on}")


def band_shares(library: Library) -> Iterator[Fault]:
    """Most of what staff read is about prevention; what a ward is sent can't keep the shares if the library doesn't."""
    bands = Counter(one.band for one in library.reminders.values())
    for band, wanted in SHARES.items():
        share = 100 * bands[band] / bands.total()
        if abs(share - wanted) > WITHIN:
            words = f"{share:.1f}% of reminders are of this band, should be {wanted - WITHIN} to {wanted + WITHIN}%"
            yield Fault("reminders/", band, words)


def one_huddle_at_a_time(library: Library) -> Iterator[Fault]:
    """Of two sets for one time of day, one would never be asked."""
    seen: set[tuple[str, ...]] = set()
    for minute in range(24 * 60):
        at = time(minute // 60, minute % 60)
        ids = tuple(one.id for one in library.huddle_sets if one.covers(at))
        if len(ids) > 1 and ids not in seen:
            seen.add(ids)
            yield Fault("huddles/", ", ".join(ids), f"both cover {at:%H:%M}")


def one_label_for_a_value(library: Library) -> Iterator[Fault]:
    """Trends add up answers over huddles, and show them under one name."""
    labels: dict[tuple[str, str], str] = {}
    for name, option in library.options():
        if labels.setdefault((name, option.value), option.label) != option.label:
            also = labels[name, option.value]
            yield Fault("huddles/", f"{name}.{option.value}", f"has two labels: “{also}” and “{option.label}”")


def same_triggers_in_every_huddle(library: Library) -> Iterator[Fault]:
    """Triggers are compared over time: a huddle that offered fewer would look calmer than it was."""
    for name in ("environment", "relational"):
        offered = {frozenset(values): one.id for one in library.huddle_sets if (values := _values(one, name))}
        if len(offered) > 1:
            yield Fault("huddles/", name, f"its options differ between {' and '.join(offered.values())}")


def nothing_said_twice(library: Library) -> Iterator[Fault]:
    """Whoever reads the same words again stops reading."""
    seen: dict[str, str] = {}
    for item in library.items:
        said = " ".join(item.words()) if isinstance(item, Poster) else getattr(item, "text", None)
        text = str(said or getattr(item, "scene", item.id))
        if (first := seen.setdefault(text, item.id)) != item.id:
            yield _fault(library, item, f"says the same as {first}")


def leanings_lead_somewhere(library: Library) -> Iterator[Fault]:
    """A value that no list offers is never named, so its topics would never lean."""
    offered = {option.value for name, option in library.options() if name in ("building", "environment", "relational")}
    for value in library.leanings:
        if value not in offered:
            yield Fault("leanings.yaml", value, "is no value of building, environment or relational")


def enough_reminders(library: Library) -> Iterator[Fault]:
    """Each topic has its number, so that none is left out of a ward's year."""
    topics = Counter(one.topic for one in library.reminders.values())
    for topic, fewest in FEWEST_OF_TOPIC.items():
        if topics[topic] < fewest:
            yield Fault("reminders/", topic, f"has {topics[topic]} reminders, should have {fewest}")


def enough_of_the_rest(library: Library) -> Iterator[Fault]:
    """A weekly rhythm needs something for most weeks."""
    counts = library.counts()
    for kind, fewest in FEWEST.items():
        if counts[kind] < fewest:
            yield Fault(f"{kind}/", "", f"holds {counts[kind]}, should hold {fewest}")
    leaving_be = sum(one.topic == "when-not-to-intervene" for one in library.scenarios.values())
    if leaving_be < FEWEST_WHEN_NOT_TO_INTERVENE:
        words = f"has {leaving_be} scenarios, should have {FEWEST_WHEN_NOT_TO_INTERVENE}"
        yield Fault("scenarios/", "when-not-to-intervene", words)


WHOLE: tuple[LibraryRule, ...] = (
    band_shares,
    one_huddle_at_a_time,
    one_label_for_a_value,
    same_triggers_in_every_huddle,
    nothing_said_twice,
    leanings_lead_somewhere,
)
BUILT_IN: tuple[LibraryRule, ...] = (enough_reminders, enough_of_the_rest)
"""A trust may withdraw what it likes: these hold for the built-in library alone."""


def _fault(library: Library, item: Reviewed, reason: str) -> Fault:
    return library.entries[item.id].fault(reason)


def _values(huddle_set: HuddleSet, name: str) -> list[str]:
    return [option.value for one in huddle_set.questions if one.name == name for option in one.options]
