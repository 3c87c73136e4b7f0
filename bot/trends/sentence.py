"""What the end of a chart says, in plain words for a handover: kind, blaming nobody, and no more than is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
import math
from typing import Literal

from bot.trends.rare import SAME_DAY, TOGETHER
from bot.trends.series import Figure
from bot.trends.xmr import ASSURANCE_SIGNS, ASSURANCE_WORDS, RUN, Assurance, Direction, Meaning, Rule, XmrPoint

Method = Literal["xmr", "days_between", "four_weeks"]
"""Each week; the days between one event and the next; or four weeks together."""
PER_DAYS = " per 1,000 occupied bed days"
"""The unit of a rate."""
UNITS: Mapping[str, str] = {"count": " a week", "share": "%", "rate": PER_DAYS}
"""After the number of a week, by its figure."""
NO_LINE = (
    "This chart shows the days between one and the next, of which a number a week says nothing: so there is no line for"
    " it, and nothing is said of whether it is met."
)
_ASSURED: Mapping[Assurance, str] = {
    "consistent_pass": "as things are now, chance alone does not miss it.",
    "consistent_fail": "as things are now, chance alone does not meet it; that takes a change in how things are done.",
    "inconsistent": "one point that meets it, or misses it, tells nothing.",
}


@dataclass(frozen=True)
class Seen:
    """What the end of a chart shows: the rule that it breaks, if any, over its last `length` points."""

    rule: Rule | None
    length: int
    higher: bool
    open: bool = False
    """Whether the last point is a stretch that is not over: the days since the last event."""


@dataclass(frozen=True)
class About:
    """What a sentence is about: the end of a chart, which tells of the days up to `until`.

    That day is named where it is not the last that was looked at (`is_last`), so that nothing old reads as new.
    """

    what: str
    figure: Figure
    method: Method
    until: date
    is_last: bool = True

    @property
    def lead(self) -> str:
        """The first words."""
        return capital(self.what) if self.is_last else f"{capital(self.what)}, up to {day(self.until)}"


def no_change(about: About, last: XmrPoint, since: float, *, faint: bool) -> str:
    """For an end within the usual range; `since` is the days since the last event, of days between.

    `faint` says that there is so little to see that a change could go unseen for long.
    """
    if about.method == "days_between":
        ago = f"On {day(about.until)} it was {_days(since)} since" if since else f"On {day(about.until)} there was"
        now = f"{ago} the last; up to {_days(max(1, last.upper))} between two is usual"
    else:
        now = f"{capital(_now(about, last))} is within {_usual(last.lower, last.upper, about.figure)}"
    few = (
        " So few, or so uneven, are they that even a halving would mostly take over half a year to see."
        if faint
        else ""
    )
    return f"{about.lead}: no real change. {now}.{few}"


def not_yet(about: About, points: Sequence[XmrPoint], seen: Seen) -> str:
    """For an end that the chart marks, and that chance alone brings too often to call it a change."""
    found = capital(_found(about, points, seen))
    return f"{about.lead}: an early sign, and no sure change yet. {found}. Chance alone can still do that."


def change(about: About, points: Sequence[XmrPoint], seen: Seen, meaning: Meaning) -> str:
    """For a real change."""
    return f"{about.lead}: a real change - {_found(about, points, seen)}. {_asking(meaning)}"


def not_enough(points: int, needed: int, since: date | None = None, *, few: bool = False) -> str:
    """For too few weeks in a row, in all or since the limits were to start anew; or of so `few`, fours of weeks."""
    began = f" since {day(since)}" if since else ""
    of, why = ("four-week figures", ", with so few a week,") if few else ("weeks", "")
    lead = f"Not enough data yet: {points} of the {needed} {of} needed{began}{why}"
    return f"{lead} before a change can be told from chance."


def not_enough_days(what: str, days: int, needed: int, since: date | None) -> str:
    """For too few days with any, in all or since the limits were to start anew."""
    counted = f"{days} day{'' if days == 1 else 's'}{f' since {day(since)}' if since else ''}"
    lead = f"{capital(what)}: not enough data yet. There were any on {counted}"
    return f"{lead}, and it takes {needed} to tell a real change from chance."


def too_few(what: str) -> str:
    """For a share of so little that nothing can be seen."""
    return f"{capital(what)}: not enough data yet. There are too few a week to tell a real change from chance."


def bound(figure: Figure, direction: Direction, target: float) -> str:
    """A target with its unit, and on which side of it is better."""
    side = {"decrease": "at most ", "increase": "at least ", "neutral": ""}[direction]
    return f"{side}{plain(target)}{UNITS[figure]}"


def aim(figure: Figure, direction: Direction, method: Method, target: float, assurance: Assurance | None) -> str:
    """A target, and whether the process meets it; `assurance` is None where there is too little data to tell."""
    together = method == "four_weeks" and figure == "count"
    drawn = f", which is {plain(target * TOGETHER)} in {TOGETHER} weeks" if together else ""
    lead = f"Target: {bound(figure, direction, target)}{drawn}."
    if method == "days_between":
        return f"{lead} {NO_LINE}"
    if direction == "neutral":
        return f"{lead} Neither more nor fewer is better, so nothing is said of whether it is met."
    if assurance is None:
        return f"{lead} There is too little data yet to tell whether it is met."
    return f"{lead} {ASSURANCE_WORDS[assurance]} ({ASSURANCE_SIGNS[assurance]}): {_ASSURED[assurance]}"


def _found(about: About, points: Sequence[XmrPoint], seen: Seen) -> str:
    last, figure = points[-1], about.figure
    if about.method == "days_between":
        return _found_between(about.what, last, seen)
    usual = _usual(last.lower, last.upper, figure)
    many, before = ("weeks", "the week before") if about.method == "xmr" else ("four-week figures", "the one before")
    above, top = ("above", "top") if seen.higher else ("below", "bottom")
    match seen.rule:
        case "outside":
            return f"{_now(about, last)} is {above} {usual}"
        case "two_of_three":
            return f"at least 2 of the last 3 {many} came close to the {top} of {usual}"
        case "trend":
            compared = "higher" if seen.higher else "lower"
            return f"each of the last {RUN - 1} {many} was {compared} than {before}"
        case _:
            percent = "%" if figure == "share" else ""
            one = f", and one at least came close to the {top} of {usual}" if seen.rule is None else ""
            return f"each of the last {seen.length} {many} was {above} the average of {plain(last.mean)}{percent}{one}"


def _found_between(what: str, last: XmrPoint, seen: Seen) -> str:
    longer = "longer" if seen.higher else "shorter"
    match seen.rule:
        case "outside" if seen.open:
            usual = f"the {_days(last.upper)} that are usual" if last.upper >= 1 else "is usual"
            return f"{_days(last.value)} without any, longer than {usual} between two"
        case "outside" if seen.higher:
            return f"the last came after {_days(last.value)} without any, when up to {_days(last.upper)} are usual"
        case "outside":
            return f"the last two came {_days(last.value)} apart, closer than is usual"
        case "two_of_three":
            number = "many" if seen.higher else "few"
            return f"at least 2 of the last 3 times the days between two {what} were unusually {number}"
        case "trend":
            return f"each of the last {RUN - 1} times the days between two {what} were {longer} than the time before"
        case _:
            compared = "more" if seen.higher else "fewer"
            return (
                f"each of the last {seen.length} times the days between two {what} were {compared}"
                f" than the {plain(last.mean)} in the middle"
            )


def _asking(meaning: Meaning) -> str:
    if meaning == "improvement":
        return "It is the change hoped for: worth asking together what helped."
    if meaning == "concern":
        return "It is not the change hoped for: worth asking together what has been different."
    return "It is neither good nor bad in itself: worth asking together what has been different."


def _now(about: About, last: XmrPoint) -> str:
    said = {"count": f"{last.value:.0f}", "share": f"{plain(last.value)}%", "rate": f"{plain(last.value)}{PER_DAYS}"}
    now = "the week's" if about.method == "xmr" else f"the last {TOGETHER} weeks'"
    return f"{now} {said[about.figure]}"


def _usual(lower: float, upper: float, figure: Figure) -> str:
    """What lies within the limits, in words: of counts the whole numbers."""
    fewest, most = math.ceil(lower), math.floor(upper)
    if figure != "count" or fewest > most:
        sign, number = "%" if figure == "share" else "", _short if figure == "count" else plain
        low, high = number(lower), number(upper)
        return f"the usual range of {low}{sign} to {high}{sign}" if low != high else f"the usual {low}{sign}"
    return f"the usual range of {fewest} to {most}" if fewest < most else f"the usual range, which is {most}"


def _short(number: float) -> str:
    """With two digits that tell: of a range so narrow that no whole number lies within."""
    return f"{number:.2g}"


def _days(number: float) -> str:
    if number <= SAME_DAY:
        return "less than a day"
    whole = math.floor(number + 1e-6)
    return "1 day" if whole == 1 else f"{whole} days"


def day(one: date) -> str:
    """A day in words, of a year that goes without saying."""
    return f"{one.day} {one:%B}"


def plain(number: float) -> str:
    """With one decimal, where there is one."""
    return f"{number:.1f}".removesuffix(".0")


def capital(words: str) -> str:
    """The words with a first capital."""
    return words[:1].upper() + words[1:]
