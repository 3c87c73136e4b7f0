"""The measures: what is counted, which way is better, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.trends.series import Figure
from bot.trends.xmr import Direction

Source = Literal["reports", "interventions", "huddles", "debriefs", "actions"]
"""Reports; the trust's own counts of interventions or, where it imports none, the tally; and so on."""


@dataclass(frozen=True)
class Measure:
    """`title` heads its chart, `what` names it in a sentence, in the plural and lower case.

    `direction` is which way is better. `kinds` are the kinds of intervention that it counts. `by_shift` says whether it
    can be told for one part of the day. `no_target` says why it has no target, if it must have none.
    """

    title: str
    what: str
    direction: Direction
    figure: Figure
    source: Source
    kinds: tuple[str, ...] = ()
    by_shift: bool = False
    no_target: str = ""

    def may_be_told_as(self, figure: str) -> bool:
        """Whether its figures may be of this kind: those of interventions are rates where bed days are imported."""
        return figure == self.figure or (figure == "rate" and self.source == "interventions")


RESTRAINT = (
    "prone",
    "standing",
    "escort",
    "supine",
    "side",
    "seated",
    "kneeling",
    "other_physical",
    "mechanical",
)
SPEAKING_UP = "There is no target for these: it would reward or punish speaking up."
MEASURES: Mapping[str, Measure] = {
    "restraint": Measure(
        "Physical and mechanical restraint",
        "uses of restraint",
        "decrease",
        "count",
        "interventions",
        RESTRAINT,
        by_shift=True,
    ),
    "seclusion": Measure(
        "Seclusion and segregation",
        "uses of seclusion or segregation",
        "decrease",
        "count",
        "interventions",
        ("seclusion", "segregation"),
        by_shift=True,
    ),
    "rapid_tranquillisation": Measure(
        "Rapid tranquillisation",
        "uses of rapid tranquillisation",
        "decrease",
        "count",
        "interventions",
        ("rapid_tranquillisation",),
        by_shift=True,
    ),
    # More of them may mean more speaking up: neither better nor worse.
    "near_misses": Measure(
        "Near misses", "near misses", "neutral", "count", "reports", by_shift=True, no_target=SPEAKING_UP
    ),
    "successes": Measure("Successes", "successes", "neutral", "count", "reports", by_shift=True, no_target=SPEAKING_UP),
    "success_share": Measure(
        "Successes among the reports",
        "successes among the reports",
        "increase",
        "share",
        "reports",
        by_shift=True,
        no_target="There is no target for these: it could be met by reporting fewer near misses.",
    ),
    "answered": Measure("Reports with an answer", "reports with an answer", "increase", "share", "reports"),
    "huddles": Measure("Huddles held", "planned huddles that were held", "increase", "share", "huddles"),
    "debriefs": Measure("Debriefs held", "offered debriefs that were held", "increase", "share", "debriefs"),
    "actions": Measure(
        "Actions done",
        "actions done",
        "neutral",
        "count",
        "actions",
        no_target="There is no target for these: how many there are says nothing of what they are worth.",
    ),
}
"""By key, in the order in which they are shown."""
