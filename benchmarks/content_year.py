"""`python -m benchmarks.content_year`: a year of reminders and scenes on four wards, by band, topic and return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from statistics import median

from bot.prompts import reminder, scenario
from bot.prompts.library import Library
from bot.schedule.calendar import SCENE_DAYS
from bot.store.scenarios import Showing

FIRST = date(2026, 11, 25)
DAYS = 364
WARDS = {
    "mental_health": ("noise", "boundary"),
    "dementia": ("unmet_need", "confusion"),
    "learning_disability": ("change_of_plan", "sensory_overload"),
    "acute": (),
}
"""A ward of each setting, and what its reports name all year, three times in four weeks; one names nothing."""
MOSTLY_UNSAFE = 4
"""Every so-manieth showing of a scene is answered mostly unsafely."""


def year_of_reminders(library: Library, setting: str) -> list[reminder.Reminder]:
    """What a ward of that setting gets, day by day."""
    leaning = Counter(topic for value in WARDS[setting] for topic in library.leanings.get(value, ()) for _ in range(3))
    sent: list[str] = []
    got = []
    for day in range(DAYS):
        fitting = library.reminders_for(setting, FIRST + timedelta(days=day), "day")
        item = reminder.choose(fitting, sent, (), setting, leaning).item
        sent.insert(0, item.id)
        got.append(item)
    return got


def year_of_scenes(library: Library, setting: str) -> list[Showing]:
    """What a ward of that setting gets, two a week, with its answers."""
    had: list[Showing] = []
    for week in range(DAYS // 7):
        for days in SCENE_DAYS:
            on = FIRST + timedelta(weeks=week, days=days)
            item = scenario.choose(library.scenarios_for(setting, on), had, setting, on).item
            safe, unsafe = (1, 3) if len(had) % MOSTLY_UNSAFE == MOSTLY_UNSAFE - 1 else (3, 1)
            had.append(Showing(item.id, on, safe, unsafe))
    return had


def returns(ids: Sequence[str]) -> list[int]:
    """After how many places each comes again."""
    last: dict[str, int] = {}
    found = []
    for place, item in enumerate(ids):
        if item in last:
            found.append(place - last[item])
        last[item] = place
    return found


def weeks_until_again(had: Sequence[Showing]) -> list[list[int]]:
    """After how many weeks scenes answered safely so far came again: the first times, the second times ..."""
    found: list[list[int]] = []
    seen: dict[str, list[Showing]] = {}
    for showing in had:
        before = seen.setdefault(showing.item, [])
        if before and all(one.safe > one.unsafe for one in before):
            found += [[] for _ in range(len(before) - len(found))]
            found[len(before) - 1].append(round((showing.on - before[-1].on).days / 7))
        before.append(showing)
    return found


def spread(numbers: Iterable[int]) -> str:
    """Fewest, middle and most."""
    ordered = sorted(numbers)
    return f"{ordered[0]} to {ordered[-1]}, middle {median(ordered):g}" if ordered else "none came twice"


def main() -> None:
    """Print a table for each ward."""
    library = Library.load(None)
    for setting, named in WARDS.items():
        got = year_of_reminders(library, setting)
        bands = Counter(item.band for item in got)
        worst = [
            max(abs(Counter(item.band for item in got[at : at + 20])[band] / 20 - share) for at in range(DAYS - 20 + 1))
            for band, share in reminder.SHARES.items()
        ]
        print(f"\n{setting}, naming {', '.join(named) or 'nothing'}: {DAYS} reminders, {len(set(got))} different")
        print("  bands:  " + ", ".join(f"{band} {bands[band]} ({bands[band] / DAYS:.0%})" for band in reminder.SHARES))
        print(f"  worst 20 days in a row are off by {max(worst) * 100:.0f} points (target: 5, one reminder)")
        leaning = {topic for value in named for topic in library.leanings.get(value, ())}
        topics = Counter(item.topic for item in got)
        print(
            "  topics: "
            + ", ".join(f"{topic}{'*' if topic in leaning else ''} {n}" for topic, n in topics.most_common())
        )
        print(f"  an item comes again after {spread(returns([item.id for item in got]))} days")
        scenes = year_of_scenes(library, setting)
        print(f"  scenes: {len(scenes)}, {len({one.item for one in scenes})} different,", end=" ")
        print("again after (target: about 1, 3, 8 and 16 weeks)", end=" ")
        for time, weeks in enumerate(weeks_until_again(scenes)):
            print(f"{'; ' if time else ''}{median(weeks):g} (up to {max(weeks)})", end="")
        print(" weeks")
    print("\n* leaned towards: the ward's own reports name what it is about.")


if __name__ == "__main__":
    main()
