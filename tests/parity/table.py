"""The parity table of docs/fronts.md: `python -m tests.parity.table` writes it anew, and a test holds it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
import re
from typing import Any

from bot.handlers import build_router
from tests.parity.drawn import FRONTS
from tests.parity.tour import kinds_in_the_source

DOCUMENT = Path(__file__).parents[2] / "docs" / "fronts.md"
BEGIN, END = "<!-- parity: made by python -m tests.parity.table -->", "<!-- /parity -->"


def table() -> str:
    """A row for each message and form; test_parity shows that every front draws it within its platform's limits."""
    nobody: Any = None
    forms = build_router(nobody, lambda text: None).names["form"]
    rows = [f"message `{kind}`" for kind in sorted(kinds_in_the_source())]
    rows += [f"form `{kind}`" for kind in sorted(forms)]
    return "\n".join(_lines(rows))


def _lines(rows: Iterable[str]) -> Iterable[str]:
    names = [front.capitalize() for front in FRONTS]
    yield f"| | {' | '.join(names)} |"
    yield f"|---|{'---|' * len(names)}"
    for what in rows:
        yield f"| {what} | {' | '.join('yes' for _ in names)} |"


def documented() -> str:
    """The table as the document has it."""
    found = re.search(re.escape(BEGIN) + r"\n(.*?)\n" + re.escape(END), DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"{DOCUMENT.name} has no parity table"
    return found[1]


def main() -> None:
    """Write it."""
    before, old, after = DOCUMENT.read_text(encoding="utf-8").partition(f"{BEGIN}\n{documented()}\n{END}")
    assert old
    DOCUMENT.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
