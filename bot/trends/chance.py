"""What chance alone can do: how often a stretch of a stable series lies so far from the rest of it.

Each is exact and asks for no mean: it takes what was counted in all as given, and asks how chance would deal it out.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, lgamma, log

_NEGLIGIBLE = 1e-9


def of_events(counted: int, of: int, share: float, *, more: bool) -> float:
    """How often a stretch that is `share` of all the time (0 to 1) has `counted` or more (or: or fewer) of `of` events.

    The binomial test of two Poisson rates (Przyborowski and Wilenski 1940, Biometrika 31).
    """

    def weight(number: int) -> float:
        return _ways(of, number) + _times(number, share) + _times(of - number, 1 - share)

    return _tail(weight, counted, of, more)


def of_successes(done: int, asked: int, all_done: int, all_asked: int, *, more: bool) -> float:
    """How often a stretch of `asked` has `done` or more (or: or fewer) of `all_done` successes in `all_asked`.

    Fisher's exact test: the hypergeometric distribution.
    """

    def weight(number: int) -> float:
        return _ways(asked, number) + _ways(all_asked - asked, all_done - number) - _ways(all_asked, all_done)

    return _tail(weight, done, min(asked, all_done), more)


def _tail(weight: Callable[[int], float], start: int, most: int, more: bool) -> float:
    """The chances, whose logarithm is `weight`, from `start` outwards: up to `most`, or down to 0."""
    total = 0.0
    before = 0.0
    for number in range(start, most + 1) if more else range(start, -1, -1):
        one = exp(weight(number))
        total += one
        if one < before and one < _NEGLIGIBLE * total:
            break
        before = one
    return min(1.0, total)


def _ways(of: int, chosen: int) -> float:
    """The logarithm of the number of ways to choose."""
    if not 0 <= chosen <= of:
        return -inf
    return lgamma(of + 1) - lgamma(chosen + 1) - lgamma(of - chosen + 1)


def _times(number: int, share: float) -> float:
    """The logarithm of `share` to the power of `number`."""
    if not number:
        return 0.0
    return number * log(share) if share > 0 else -inf
