"""incidents.csv: counts from the trust's incident system by ward, week and kind; all or nothing, faults by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
import re

from bot.handlers.csv_file import Cells, CsvFault, read_cells, refuse
from bot.handlers.dated_csv import read_day
from bot.privacy.cells import FORMULA, plain
from bot.schedule.calendar import local
from bot.store import incidents, wards
from bot.store.database import Session
from bot.store.incidents import BED_DAYS, INTERVENTIONS, Counted
from bot.store.tables import Ward

COLUMNS = ("ward", "week", "kind", "count")
SIGNED = re.compile(r"[+-]\d[\d.,]*", re.ASCII)
"""A number all the same, though a spreadsheet's formula may begin so."""
EARLIEST = date(2000, 1, 1)
"""A date before it is a slip of the keyboard."""
MOST_BEDS = 60
MOST_BED_DAYS = 7 * MOST_BEDS
MOST_COUNTED = 1000
"""A ward's interventions of one kind in a week are fewer than this; a larger figure belongs to another column."""
KINDS: Mapping[str, str] = {
    **{name: name for name in (*INTERVENTIONS, BED_DAYS)},
    **{code: name for name, code in INTERVENTIONS.items() if code},
    **{code.lstrip("0"): name for name, code in INTERVENTIONS.items() if code},  # as a spreadsheet leaves it
    "restrictive_escort": "escort",
}
"""What may stand in the column `kind`, and the kind that is kept."""


@dataclass(frozen=True)
class Imported:
    """What an import did: the wards and weeks (Mondays) it was about, and how many counts were new or changed."""

    wards: tuple[str, ...]
    weeks: tuple[date, ...]
    new: int
    changed: int
    same: int


async def import_incidents(session: Session, text: str, now: datetime) -> Imported:
    """Keep what a file counts: each row sets the count of its ward, week and kind, so that it may come again.

    Raises `CsvError`, naming every fault at once; nothing of the file is then kept.
    """
    homes = {ward.name: ward for ward in await wards.every_ward(session)}
    counts = read_counts(text, homes, now)
    weeks = sorted({week for _, week, _ in counts})
    ids = {ward_id for ward_id, _, _ in counts}
    before = await incidents.counts_of(session, ids, weeks[0], weeks[-1])
    await incidents.set_counts(session, counts)
    new = len(counts.keys() - before.keys())
    same = sum(before.get(where) == count for where, count in counts.items())
    named = tuple(name for name, ward in homes.items() if ward.key in ids)
    return Imported(named, tuple(weeks), new, len(counts) - new - same, same)


def read_counts(text: str, homes: Mapping[str, Ward], now: datetime) -> dict[Counted, int]:
    """The counts of a file about these wards (by name), at least one. Raises `CsvError`, naming every fault at once."""
    rows, faults = read_cells(text, COLUMNS, "count")
    counts: dict[Counted, int] = {}
    lines: dict[Counted, int] = {}
    for line, cells in rows:
        row = _Row(line, cells, homes, now)
        faults += row.faults
        if row.where is None:
            continue
        if row.where in lines:
            words = f"the same ward, week and kind are on line {lines[row.where]} already"
            faults.append(CsvFault(line, "row", words))
        lines.setdefault(row.where, line)
        if row.count is not None:
            counts[row.where] = row.count
    refuse(faults)
    return counts


class _Row:
    """A row as it is understood: where its count belongs, if that can be told, the count, and what is wrong."""

    def __init__(self, line: int, cells: Cells, homes: Mapping[str, Ward], now: datetime) -> None:
        self.faults: list[CsvFault] = []
        self._line = line
        cells = dict(self._values(cells))
        ward, week, kind = self._ward(cells, homes), self._week(cells), self._kind(cells)
        if week and ward and week > local(now, ward.timezone).date():
            self._wrong("week", f"{week} is still to come")
            week = None
        self.count = self._count(cells, kind)
        self.where: Counted | None = None
        if ward and week and kind:
            self.where = (ward.key, week - timedelta(days=week.weekday()), kind)

    def _wrong(self, column: str, words: str) -> None:
        self.faults.append(CsvFault(self._line, column, words))

    def _values(self, cells: Cells) -> Iterator[tuple[str, str]]:
        """The cells that are plain values, as they were before an export made them safe."""
        for column, cell in cells.items():
            value = plain(cell).strip()
            if not value:
                none = ": write 0 for none, and leave the row out where nobody knows" if column == "count" else ""
                self._wrong(column, f"it is empty{none}")
            elif FORMULA.match(cell) and not cell.startswith("'") and not SIGNED.fullmatch(value):
                self._wrong(column, f"“{cell}” begins like a spreadsheet's formula: write the value itself")
            else:
                yield column, value

    def _ward(self, cells: Cells, homes: Mapping[str, Ward]) -> Ward | None:
        name = cells.get("ward")
        if name is not None and name not in homes:
            self._wrong("ward", f"there is no ward “{name}”; bot wards list shows them")
        return homes.get(name) if name else None

    def _week(self, cells: Cells) -> date | None:
        if (cell := cells.get("week")) is None:
            return None
        found = read_day(cell)
        if isinstance(found, str):
            self._wrong("week", found)
        elif found < EARLIEST:
            self._wrong("week", f"“{cell}” is too long ago: is the year right?")
        else:
            return found
        return None

    def _kind(self, cells: Cells) -> str | None:
        if (cell := cells.get("kind")) is None:
            return None
        kind = KINDS.get(re.sub(r"[\s_-]+", "_", cell.lower()))
        if kind is None:
            known = ", ".join(f"{name} ({code})" if code else name for name, code in INTERVENTIONS.items())
            self._wrong("kind", f"“{cell}” is none of {known}, {BED_DAYS}")
        return kind

    def _count(self, cells: Cells, kind: str | None) -> int | None:
        if (cell := cells.get("count")) is None:
            return None
        if not re.fullmatch(r"[0-9]{1,9}", cell):
            self._wrong("count", f"“{cell}” is not a whole number like 0 or 12")
            return None
        count = int(cell)
        if kind == BED_DAYS and count > MOST_BED_DAYS:
            self._wrong("count", f"{count} bed days in a week are more than {MOST_BEDS} beds have")
        elif kind != BED_DAYS and count > MOST_COUNTED:
            self._wrong("count", f"{count} is more than a ward can have in a week: is it the right column?")
        return count
