"""`python -m benchmarks`: prints a table of figures, each beside its floor. A missed target is no error."""

from __future__ import annotations

import argparse
import asyncio
import logging

import structlog

from benchmarks import acknowledge, charts, dashboard, digests, near_miss, open_form, start
from benchmarks.figures import HEADING, WIDTHS, line

BENCHMARKS = {
    "acknowledge": acknowledge.measure,
    "open_form": open_form.measure,
    "start": start.measure,
    "near_miss": near_miss.measure,
    "charts": charts.measure,
    "dashboard": dashboard.measure,
    "digests": digests.measure,
}

FLOORS = """
Floors, by turns with ours on the same machine: a bare Bolt app in a process of its own, reached in the same way;
for the start, a process that only imports Bolt, SQLModel, Starlette and uvicorn; for a near miss, the same with no
report stored; for the check, one plain pattern for each kind of identifier; for the memory of charts, what the same
processes held after the first hundred."""


async def run(names: list[str], *, quick: bool) -> None:
    """Measure one after the other, and print each figure when it is known."""
    print(line(*HEADING))
    print(line(*("-" * width for width in WIDTHS)))
    for name in names:
        async for figure in BENCHMARKS[name](quick=quick):
            print(figure.row(), flush=True)
    print(FLOORS)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: rougher figures, sooner")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="this one alone; may be repeated")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(run(given.only or list(BENCHMARKS), quick=given.quick))


if __name__ == "__main__":
    main()
