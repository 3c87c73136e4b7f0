"""Small words that prompts share: counts, lists and dates as people say them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date


def count(number: int, one: str, many: str) -> str:
    """`1 near miss`, `2 near misses`, `no near misses`."""
    return f"{number or 'no'} {one if number == 1 else many}"


def listed(parts: Sequence[str]) -> str:
    """`noise`, `noise and heat`, `noise, heat and waiting`."""
    return " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else "".join(parts)


def day_words(day: date) -> str:
    """`Mon 23 Nov`."""
    return f"{day:%a} {day.day} {day:%b}"


def span_words(first: date, last: date) -> str:
    """`16 to 22 November`, `28 November to 4 December`."""
    start = str(first.day) if first.month == last.month else f"{first.day} {first:%B}"
    return f"{start} to {last.day} {last:%B}"


def commonest(values: Iterable[str], limit: int = 3) -> list[tuple[str, int]]:
    """The commonest values and how often, ties by name so that the order never flickers."""
    return sorted(Counter(values).items(), key=lambda one: (-one[1], one[0]))[:limit]
