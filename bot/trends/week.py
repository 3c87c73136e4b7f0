"""What a digest may honestly say about counts by week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import math
from statistics import fmean

from bot.trends.xmr import RUN, Direction, Meaning, Xmr, xmr

WEEKS_NEEDED = 12
"""Whole weeks before process limits mean anything."""
FEWEST_A_WEEK = 5
"""Mean count a week below which an XmR chart raises false alarms.

Stable Poisson series of 26 weeks raise one at the last point in 6.0% at a mean of 1, 3.5% at 2, 2.1% at 5.
"""


SHARE_WORDS: Mapping[Meaning, str] = {"improvement": "a real change: better", "concern": "a real change: worse"}


@dataclass(frozen=True)
class Reading:
    """What weekly counts say. `sentence` is whole and plain; `meanings` is the meaning of each week.

    `enough` says whether a change could be told from chance; where not, there are no limits and no claim.
    `mean`, `lower` and `upper` are counts a week, `lower` never below zero.
    """

    sentence: str
    meanings: tuple[Meaning, ...]
    mean: float | None
    lower: float | None
    upper: float | None
    enough: bool


def read_change(counts: Sequence[int], what: str, direction: Direction = "neutral") -> Reading:
    """Whether the last of `counts` (one a whole week, oldest first) is a real change, in words for a ward.

    `what` names the counts in the plural and lower case ("near misses"). `direction` says which way is
    better; a volume of reports is neutral, as more reports may mean more speaking up.

    Raises ValueError on a negative count.
    """
    if any(count < 0 for count in counts):
        raise ValueError("A weekly count cannot be below zero.")
    if len(counts) < WEEKS_NEEDED:
        return _no_claim(
            counts,
            f"Not enough data yet: {len(counts)} of the {WEEKS_NEEDED} weeks needed"
            " before a change can be told from chance.",
        )
    if fmean(counts) < FEWEST_A_WEEK:
        return _no_claim(counts, _four_weeks(counts, what))

    chart = _chart(counts, direction)
    return Reading(
        sentence=_change(chart, what, direction),
        meanings=tuple(point.meaning for point in chart.points),
        mean=chart.mean,
        lower=max(0.0, chart.lower),
        upper=chart.upper,
        enough=True,
    )


def read_share(done: Sequence[int], totals: Sequence[int]) -> str:
    """Whether the last share of something hoped for, so many of so many each week, is a real change: in a few words.

    No total may be 0. Of fewer than 5 in all, one moves the share too far: were each drawn anew every week, stable
    series would raise 3% to 31% false alarms, and of 5 to 20 in all 2% to 10%.
    """
    if len(totals) < WEEKS_NEEDED:
        return f"{len(totals)} of the {WEEKS_NEEDED} weeks needed to tell a change"
    if fmean(totals) < FEWEST_A_WEEK:
        return "too few to tell a change"
    chart = _chart([one / total for one, total in zip(done, totals, strict=True)], "increase")
    return SHARE_WORDS.get(chart.variation, "no real change")


def _chart(values: Sequence[float], direction: Direction) -> Xmr:
    chart = xmr(values, direction=direction)
    if chart.lower == chart.upper:
        # Screening can drop the only weeks that moved; every week would then lie outside a range of no width.
        chart = xmr(values, direction=direction, screen=False)
    return chart


def _no_claim(counts: Sequence[int], sentence: str) -> Reading:
    unread: Meaning = "common_cause"
    return Reading(sentence, (unread,) * len(counts), None, None, None, enough=False)


def _four_weeks(counts: Sequence[int], what: str) -> str:
    now, before = sum(counts[-4:]), sum(counts[-8:-4])
    lead = f"{_capital(what)}: 1" if now == 1 else f"{now} {what}"
    totals = f"{lead} in the last 4 weeks, {before} in the 4 before"
    return f"{totals}: too few a week to tell a real change from chance."


def _change(chart: Xmr, what: str, direction: Direction) -> str:
    last = chart.points[-1]
    usual = _usual(max(0.0, chart.lower), chart.upper)
    if last.rule is None:
        return f"{_capital(what)}: no real change. The week's {last.value:.0f} is within {usual}."
    if last.rule == "trend":
        higher = last.value > chart.points[-2].value
        seen = f"each of the last {RUN - 1} weeks was {'higher' if higher else 'lower'} than the week before"
    else:
        higher = last.value > last.mean
        if last.rule == "outside":
            seen = f"the week's {last.value:.0f} is {'above' if higher else 'below'} {usual}"
        elif last.rule == "two_of_three":
            seen = f"at least 2 of the last 3 weeks came close to the {'top' if higher else 'bottom'} of {usual}"
        else:
            side = "above" if higher else "below"
            seen = f"each of the last {RUN} weeks was {side} the average of {_plain(last.mean)}"
    return f"{_capital(what)}: a real change - {seen}. {_asking(last.meaning)}"


def _asking(meaning: Meaning) -> str:
    if meaning == "improvement":
        return "It is the change hoped for: worth asking together what helped."
    if meaning == "concern":
        return "It is not the change hoped for: worth asking together what has been different."
    return "It is neither good nor bad in itself: worth asking together what has been different."


def _usual(lower: float, upper: float) -> str:
    """The counts that lie within the limits, in words."""
    fewest, most = math.ceil(lower), math.floor(upper)
    if fewest > most:
        return f"the usual range of {_plain(lower)} to {_plain(upper)}"
    return f"the usual range of {fewest} to {most}" if fewest < most else f"the usual range, which is {most}"


def _plain(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
