"""What really changed on wards, the most important first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.measures.catalogue import MEASURES
from bot.measures.signals import reading_of
from bot.prompts.words import listed
from bot.store.tables import Mark, Target
from bot.trends.reading import Reading
from bot.trends.series import Series

SIGNALS = ("restraint", "seclusion", "rapid_tranquillisation", "near_misses", "success_share", "huddles")
"""The measures that a digest reads, the most important first."""
_FIRST = ("concern", "improvement")


@dataclass(frozen=True)
class Read:
    """What a measure of a ward says."""

    key: str
    reading: Reading

    @property
    def changed(self) -> bool:
        """Whether it is a real change."""
        return self.reading.changed

    @property
    def words(self) -> str:
        """The change in brief: “fewer uses of restraint”, “a higher share of successes among the reports”."""
        better, measure = self.reading.meaning == "improvement", MEASURES[self.key]
        if measure.direction == "neutral":
            more = self.reading.meaning == "neutral_high"
        else:
            more = better == (measure.direction == "increase")
        figure = "share" if self.reading.unit == "%" else "rate" if self.reading.unit.startswith("per ") else ""
        if figure:
            return f"a {'higher' if more else 'lower'} {figure} of {measure.what}"
        return f"{'more' if more else 'fewer'} {measure.what}"

    @property
    def rank(self) -> tuple[int, int]:
        """Its place: what is not hoped for first, then what is, then what is neither."""
        meaning = self.reading.meaning
        return _FIRST.index(meaning) if meaning in _FIRST else len(_FIRST), SIGNALS.index(self.key)


def read_all(
    figures: Mapping[str, Series], marks: Iterable[Mark], targets: Sequence[Target] = (), *, wards: int = 1
) -> list[Read]:
    """What each of the `SIGNALS` of a ward says: its real changes first. One message may tell of so many `wards`.

    What ends before the others of the ward do, as imports may, is no news.
    """
    noted = list(marks)
    last = max((figures[key].end for key in SIGNALS if key in figures), default=None)
    found = [
        Read(key, reading_of(key, figures[key], noted, targets, last=last, wards=wards))
        for key in SIGNALS
        if key in figures
    ]
    return sorted(found, key=lambda one: (not one.changed, one.rank))


def first_sentence(found: Iterable[Read]) -> str:
    """What changed for real, that nothing did, or that it is too early to tell."""
    every = list(found)
    told = [one.reading for one in every if one.reading.enough and not one.reading.stale]
    if every and every[0].changed:
        return every[0].reading.sentence
    early = listed([one.what for one in told if one.early])
    steady = listed([one.what for one in told if not (one.early or one.faint)])
    if early:
        return f"No sure change, but an early sign in {early}{f'; no real change in {steady}' if steady else ''}."
    if steady:
        return f"No real change in {steady}."
    near_misses = next(one for one in every if one.key == "near_misses")
    return near_misses.reading.sentence
