"""What the end of a chart says, in plain words for a handover: kind, blaming nobody, and no more than is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
import math
from typing import Literal

from bot.trends.rare import SAME_DAY
from bot.trends.series import Figure
from bot.trends.xmr import RUN, Meaning, Rule, XmrPoint

Method = Literal["xmr", "days_between", "four_weeks"]
"""Each week; the days between one event and the next; or four weeks together."""


@dataclass(frozen=True)
class Seen:
    """What the end of a chart shows: the rule that it breaks, if any, over its last `length` points."""

    rule: Rule | None
    length: int
    higher: bool
    open: bool = False
    """Whether the last point is a stretch that is not over: the days since the last event."""


def no_change(what: str, figure: Figure, method: Method, last: XmrPoint, since: float) -> str:
    """For an end within the usual range; `since` is the days since the last event, of days between."""
    if method == "days_between":
        most = max(1, math.floor(last.upper))
        return f"{capital(what)}: no real change. {_ago(since)}; up to {_days(most)} between two is usual."
    now = capital(f"{_now(method)} {_said(last.value, figure)}")
    return f"{capital(what)}: no real change. {now} is within {_usual(last.lower, last.upper, figure)}."


def not_yet(what: str, figure: Figure, method: Method, points: Sequence[XmrPoint], seen: Seen) -> str:
    """For an end that the chart marks, and that chance alone brings too often to call it a change."""
    found = _found(what, figure, method, points, seen)
    return f"{capital(what)}: an early sign, and no sure change yet. {capital(found)}, which chance alone can still do."


def change(what: str, figure: Figure, method: Method, points: Sequence[XmrPoint], seen: Seen, meaning: Meaning) -> str:
    """For a real change."""
    return f"{capital(what)}: a real change - {_found(what, figure, method, points, seen)}. {_asking(meaning)}"


def not_enough(weeks: int, needed: int, since: date | None = None, *, few: bool = False) -> str:
    """For too few weeks in a row, in all or since the limits were to start anew; of so few events more are needed."""
    began = f" since {day(since)}" if since else ""
    why = ", with so few a week," if few else ""
    lead = f"Not enough data yet: {weeks} of the {needed} weeks needed{began}{why}"
    return f"{lead} before a change can be told from chance."


def not_enough_days(what: str, days: int, needed: int, since: date | None) -> str:
    """For too few days with any, in all or since the limits were to start anew."""
    counted = f"{days} day{'' if days == 1 else 's'}{f' since {day(since)}' if since else ''}"
    lead = f"{capital(what)}: not enough data yet. There were any on {counted}"
    return f"{lead}, and it takes {needed} to tell a real change from chance."


def too_few(what: str) -> str:
    """For a share of so little that nothing can be seen."""
    return f"{capital(what)}: not enough data yet. There are too few a week to tell a real change from chance."


def _found(what: str, figure: Figure, method: Method, points: Sequence[XmrPoint], seen: Seen) -> str:
    last = points[-1]
    if method == "days_between":
        return _found_between(what, last, seen)
    usual = _usual(last.lower, last.upper, figure)
    many, before = ("weeks", "the week before") if method == "xmr" else ("four-week figures", "the one before")
    above, top = ("above", "top") if seen.higher else ("below", "bottom")
    match seen.rule:
        case "outside":
            return f"{_now(method)} {_said(last.value, figure)} is {above} {usual}"
        case "two_of_three":
            return f"at least 2 of the last 3 {many} came close to the {top} of {usual}"
        case "trend":
            compared = "higher" if seen.higher else "lower"
            return f"each of the last {RUN - 1} {many} was {compared} than {before}"
        case _:
            percent = "%" if figure == "share" else ""
            return f"each of the last {seen.length} {many} was {above} the average of {plain(last.mean)}{percent}"


def _found_between(what: str, last: XmrPoint, seen: Seen) -> str:
    longer = "longer" if seen.higher else "shorter"
    match seen.rule:
        case "outside" if seen.open:
            return f"{_days(last.value)} without any, longer than the {_days(last.upper)} that are usual between two"
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
                f" than the average of {plain(last.mean)}"
            )


def _asking(meaning: Meaning) -> str:
    if meaning == "improvement":
        return "It is the change hoped for: worth asking together what helped."
    if meaning == "concern":
        return "It is not the change hoped for: worth asking together what has been different."
    return "It is neither good nor bad in itself: worth asking together what has been different."


def _now(method: Method) -> str:
    return "the week's" if method == "xmr" else "the last 4 weeks'"


def _usual(lower: float, upper: float, figure: Figure) -> str:
    """What lies within the limits, in words."""
    if figure == "rate":
        return f"the usual range of {plain(lower)} to {plain(upper)}"
    sign = "%" if figure == "share" else ""
    fewest, most = math.ceil(lower), math.floor(upper)
    if fewest > most:
        return f"the usual range of {plain(lower)}{sign} to {plain(upper)}{sign}"
    if fewest == most:
        return f"the usual range, which is {most}{sign}"
    return f"the usual range of {fewest}{sign} to {most}{sign}"


def _ago(days: float) -> str:
    return f"It is {_days(days)} since the last" if days else "The last was at the end of the week"


def _days(number: float) -> str:
    if number <= SAME_DAY:
        return "less than a day"
    whole = math.floor(number + 1e-6)
    return "1 day" if whole == 1 else f"{whole} days"


def _said(value: float, figure: Figure) -> str:
    return {"count": f"{value:.0f}", "share": f"{value:.0f}%", "rate": plain(value)}[figure]


def day(one: date) -> str:
    """A day in words, of a year that goes without saying."""
    return f"{one.day} {one:%B}"


def plain(number: float) -> str:
    """With one decimal, where there is one."""
    return f"{number:.1f}".removesuffix(".0")


def capital(words: str) -> str:
    """The words with a first capital."""
    return words[:1].upper() + words[1:]
