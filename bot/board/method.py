"""How a board report was worked out, in plain words: it stands on its last page."""

from __future__ import annotations

from collections.abc import Iterator

from bot.measures.catalogue import MEASURES
from bot.measures.weekly import FEWEST_WEEKS
from bot.privacy.small import Small
from bot.trends.plot import FEWEST_A_WEEK, FEWEST_TOGETHER, POINTS_NEEDED
from bot.trends.reading import CHANCE
from bot.trends.xmr import RUN


def method(small: Small) -> Iterator[tuple[str, str]]:
    """Headings and what they say; `small` are the numbers that are not shown."""
    yield (
        "What a real change is",
        "The charts are statistical process control charts (XmR), as NHS England's Making Data Count teaches them. The"
        " average is the mean of the points. The usual range is the mean plus and minus 2.66 times the mean moving"
        " range, which is the average step from one point to the next; extreme steps are left out once. A chart marks"
        f" four signs: a point outside the usual range; {RUN} points in a row on one side of the average; {RUN} points"
        " that go up step by step, or down; 2 of 3 points close to a limit. A real change is said only where the last"
        " point is so marked and chance alone would bring as much in fewer than 1 of"
        f" {round(len(MEASURES) / CHANCE):,} steady series (exact tests); a mark beyond that is called an early sign."
        " Anything else is what chance does, so last month against this month tells nothing. Each sentence is about"
        " the end of the period; the charts mark earlier points as well. A real change is a reason to ask, not a"
        " verdict.",
    )
    yield (
        "Too little data",
        f"Below {POINTS_NEEDED} points no usual range is drawn and no change is told. Of all wards together, those with"
        f" {FEWEST_WEEKS} weeks or more are counted, in the weeks that all of them have; beside each chart stands how"
        " many they are. A week without figures is left out, not counted as none.",
    )
    yield (
        "Rare events",
        f"Below {FEWEST_A_WEEK} a week a chart of weeks marks changes that are none. Four weeks together are charted"
        f" instead and, below {FEWEST_TOGETHER} a week, the days between one and the next where the days are known (a"
        " t chart). Beside each chart stands which was used and why.",
    )
    yield (
        "Where the figures come from",
        "Near misses and successes are what people chose to report, without a name: more of them may mean more speaking"
        " up, so they are neither better nor worse. Restraint, seclusion and rapid tranquillisation are the trust's own"
        " imported counts where a ward has any, else what the ward tallied itself. They are given per 1,000 occupied"
        " bed days only where bed days were imported: those are never guessed. Huddles, debriefs, answers and actions"
        " are what was recorded here.",
    )
    yield (
        "Small numbers",
        f"Numbers {small.span} could point at a person. A ward with one in any week of the last two"
        " years is not shown in that measure; nor is one that would tell such a number to whoever knows the total, and"
        " the figures of their own wards; nor a total that would.",
    )
    yield (
        "What this is not",
        "It is no formal record and no statutory return. It does not rank wards, and figures of two wards say nothing"
        " of which is better: their patients differ. Wards with a real change come first, then all by name.",
    )
