"""Small numbers: which counts may be shown, so that none points at a person."""

from __future__ import annotations

from collections.abc import Sequence

FEWEST_SHOWN = 5
"""Across wards a smaller count is not shown: on a small ward it could point at a person."""


def is_small(count: int) -> bool:
    """Whether a count is withheld for itself. None at all points at nobody."""
    return 0 < count < FEWEST_SHOWN


def withheld(counts: Sequence[int]) -> frozenset[int]:
    """Which of some counts (by position) are not shown, so that their total gives none of the small ones away.

    All that are small; and the next larger ones, until a reader who knows the total, what is shown and this rule can
    still think of more than one value. Where nothing is left to withhold, the total itself has to stay out of sight.
    """
    small = [count for count in counts if is_small(count)]
    larger = sorted((at for at, count in enumerate(counts) if count >= FEWEST_SHOWN), key=lambda at: counts[at])
    hidden = 0
    while hidden < len(larger) and _told(small, [counts[at] for at in larger], hidden):
        hidden += 1
    return frozenset([*(at for at, count in enumerate(counts) if is_small(count)), *larger[:hidden]])


def tells(counts: Sequence[int]) -> bool:
    """Whether their total has to stay out of sight: it is small itself, or tells small ones, whatever is `withheld`."""
    small = [count for count in counts if is_small(count)]
    larger = sorted(count for count in counts if count >= FEWEST_SHOWN)
    return is_small(sum(counts)) or _told(small, larger, len(withheld(counts)) - len(small))


def _told(small: Sequence[int], larger: Sequence[int], hidden: int) -> bool:
    """Whether the total tells what the small counts are, while the first so many of the larger ones are not shown."""
    if not small:
        return False
    total = sum(small) + sum(larger[:hidden])
    fewest, most = len(small), len(small) * (FEWEST_SHOWN - 1)
    if not hidden:
        return len(small) == 1 or total in (fewest, most)
    largest = larger[hidden] if hidden < len(larger) else total  # none that is hidden is larger than the next
    return max(fewest, total - hidden * largest) >= min(most, total - hidden * FEWEST_SHOWN)
