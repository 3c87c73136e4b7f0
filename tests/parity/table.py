"""The parity table of docs/fronts.md: `python -m tests.parity.table` writes it anew, and a test holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from math import ceil
from pathlib import Path
import re
from tempfile import TemporaryDirectory

from bot.chat.message import Form, Message
from bot.store.database import Store, migrate
from tests.parity.drawn import FRONTS
from tests.parity.tour import Tour

DOCUMENT = Path(__file__).parents[2] / "docs" / "fronts.md"
BEGIN, END = "<!-- parity: made by python -m tests.parity.table -->", "<!-- /parity -->"


def table(tours: Mapping[str, Tour]) -> str:
    """A row for each kind of message and form: the share of the platform's tightest limit that the largest takes."""
    named = [{f"message `{one.kind}`" for one in tour.messages} for tour in tours.values()]
    asked = [{f"form `{one.kind}`" for one in tour.forms} for tour in tours.values()]
    rows = [*sorted(set.union(*named)), *sorted(set.union(*asked))]
    lines = [f"| | {' | '.join(front.capitalize() for front in tours)} |", f"|---|{'---|' * len(tours)}"]
    lines += [f"| {row} | {' | '.join(_cell(row, tour) for tour in tours.values())} |" for row in rows]
    return "\n".join(lines)


def _cell(row: str, tour: Tour) -> str:
    """To the next ten per cent, so that a word more in a message does not change the document."""
    things: list[Message | Form] = [one for one in tour.messages if row == f"message `{one.kind}`"]
    drawn = [
        FRONTS[tour.front].fullness(one) for one in things or [one for one in tour.forms if row == f"form `{one.kind}`"]
    ]
    if not drawn:
        return "no"
    shares = [share for share in drawn if share is not None]
    return f"yes, within {ceil(max(shares) * 10) * 10} %" if shares else "yes"


def documented() -> str:
    """The table as the document has it."""
    found = re.search(re.escape(BEGIN) + r"\n(.*?)\n" + re.escape(END), DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"{DOCUMENT.name} has no parity table"
    return found[1]


async def tours(folder: Path) -> dict[str, Tour]:
    """The tour on each front, each with a database of its own."""
    taken = {}
    for front in FRONTS:
        url = f"sqlite+aiosqlite:///{folder / front}.db"
        await asyncio.to_thread(migrate, url)
        store = Store(url)
        taken[front] = Tour(front, store)
        await taken[front].take()
        await store.close()
    return taken


def main() -> None:
    """Write it."""
    with TemporaryDirectory() as folder:
        made = table(asyncio.run(tours(Path(folder))))
    before, old, after = DOCUMENT.read_text(encoding="utf-8").partition(f"{BEGIN}\n{documented()}\n{END}")
    assert old
    DOCUMENT.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
