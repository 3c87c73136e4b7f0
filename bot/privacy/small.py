"""Small numbers: which counts may be shown, so that none points at a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Small:
    """Counts below `fewest` (`FEWEST_SHOWN`) are small: across wards they are not shown. None at all points at nobody.

    Two is no threshold: whoever knew that a count is below two, and not none, would know that it is one.
    """

    fewest: int

    @property
    def under(self) -> str:
        """What stands for a small count."""
        return f"under {self.fewest}"

    @property
    def span(self) -> str:
        """Which counts are small."""
        return f"from 1 to {self.fewest - 1}"

    def is_small(self, count: int) -> bool:
        """Whether a count is withheld for itself."""
        return 0 < count < self.fewest

    def shown(self, count: int) -> str:
        """A count as it may be seen, where it is of no other that is shown."""
        return self.under if self.is_small(count) else str(count)

    def withheld(self, counts: Sequence[int]) -> frozenset[int]:
        """Which of some counts (by position) are not shown, so that their total gives none of the small ones away.

        All that are small; and the next larger ones, until a reader who knows the total, what is shown and this rule
        can still think of more than one value. Where nothing is left to withhold, the total itself has to stay out of
        sight.
        """
        small = [count for count in counts if self.is_small(count)]
        larger = sorted((at for at, count in enumerate(counts) if count >= self.fewest), key=lambda at: counts[at])
        hidden = 0
        while hidden < len(larger) and self._told(small, [counts[at] for at in larger], hidden):
            hidden += 1
        return frozenset([*(at for at, count in enumerate(counts) if self.is_small(count)), *larger[:hidden]])

    def tells(self, counts: Sequence[int]) -> bool:
        """Whether their total has to stay out of sight: it is small, or tells small ones, whatever is `withheld`."""
        small = [count for count in counts if self.is_small(count)]
        larger = sorted(count for count in counts if count >= self.fewest)
        return self.is_small(sum(counts)) or self._told(small, larger, len(self.withheld(counts)) - len(small))

    def is_told_by(self, number: int, total: int) -> bool:
        """Whether so many small counts might be told by their own total: else nothing beside them need be withheld."""
        return number > 0 and (number == 1 or total < self.fewest or total in (number, number * (self.fewest - 1)))

    def _told(self, small: Sequence[int], larger: Sequence[int], hidden: int) -> bool:
        """Whether the total tells what the small counts are, while the first so many larger ones are not shown."""
        if not small:
            return False
        total = sum(small) + sum(larger[:hidden])
        fewest, most = len(small), len(small) * (self.fewest - 1)
        if not hidden:
            return len(small) == 1 or total in (fewest, most)
        largest = larger[hidden] if hidden < len(larger) else total  # none that is hidden is larger than the next
        return max(fewest, total - hidden * largest) >= min(most, total - hidden * self.fewest)
