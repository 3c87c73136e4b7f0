"""wards.csv: a trust's wards at once, all or nothing, each fault by line and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
import csv
from dataclasses import dataclass
from datetime import datetime
import io

from pydantic import ValidationError

from bot.chat.front import Destination
from bot.handlers.ward_row import DAYS, WardRow, save_row
from bot.schedule.planner import sync_schedules
from bot.store import wards
from bot.store.database import Session
from bot.store.tables import Ward

COLUMNS = tuple(WardRow.model_fields)
OPTIONAL = {"managers"}


@dataclass(frozen=True)
class CsvFault:
    """One thing wrong: the line of the file (the heading is line 1), the column, and the words."""

    line: int
    column: str
    words: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.words}"


class CsvError(Exception):
    """A file with faults; nothing of it was taken."""

    def __init__(self, faults: Sequence[CsvFault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def read_rows(text: str) -> list[tuple[int, WardRow]]:
    """The rows of a file with their line numbers. Raises `CsvError`, naming every fault at once."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    heading = [name.strip() for name in reader.fieldnames or ()]
    faults = [CsvFault(1, name, "this column is missing") for name in COLUMNS if name not in (*heading, *OPTIONAL)]
    faults += [CsvFault(1, name or "(empty)", "this column is not known") for name in heading if name not in COLUMNS]
    if faults:
        raise CsvError(faults)
    reader.fieldnames = heading
    rows: list[tuple[int, WardRow]] = []
    for cells in reader:
        line = reader.line_num
        if None in cells or None in cells.values():
            faults.append(CsvFault(line, "row", f"it has not {len(heading)} cells like the heading"))
            continue
        try:
            rows.append((line, WardRow.model_validate({name: cell.lstrip("'") for name, cell in cells.items()})))
        except ValidationError as error:
            faults += [_fault(line, one) for one in error.errors()]
    if not rows and not faults:
        faults.append(CsvFault(1, "row", "there is no ward below the heading"))
    faults += _twice(rows)
    if faults:
        raise CsvError(sorted(faults, key=lambda fault: fault.line))
    return rows


def _fault(line: int, error: object) -> CsvFault:
    assert isinstance(error, dict)
    column = str(error["loc"][0]) if error["loc"] else "channel"
    words = str(error["msg"]).removeprefix("Value error, ")
    given = error.get("input")
    shown = f" (it says “{given}”)" if isinstance(given, str) and given not in words else ""
    return CsvFault(line, column, words[:1].lower() + words[1:] + shown)


def _twice(rows: Sequence[tuple[int, WardRow]]) -> Iterator[CsvFault]:
    names: dict[str, int] = {}
    places: dict[tuple[str, ...], int] = {}
    for line, row in rows:
        place = (row.front, row.workspace, row.channel or row.name)
        if row.name in names:
            yield CsvFault(line, "name", f"the same ward is on line {names[row.name]} already")
        if place in places:
            yield CsvFault(line, "channel", f"the ward on line {places[place]} has this channel already")
        names.setdefault(row.name, line)
        places.setdefault(place, line)


async def import_wards(session: Session, text: str, secret: str, now: datetime) -> tuple[list[Ward], int]:
    """Make or change (by name) every ward of a file; the wards, and how many of them are new.

    Raises `CsvError`; the caller's transaction then keeps nothing.
    """
    rows = read_rows(text)
    faults: list[CsvFault] = []
    saved: list[Ward] = []
    new = 0
    leaving = {row.name for _, row in rows}
    for line, row in rows:
        holder = await wards.ward_at(session, Destination(row.front, row.place(secret)))
        if holder and holder.name not in leaving:
            faults.append(CsvFault(line, "channel", f"this is the channel of the ward “{holder.name}”"))
    if faults:
        raise CsvError(faults)
    for _, row in rows:
        ward = await wards.ward_named(session, row.name)
        new += ward is None
        saved.append(await save_row(session, row, ward, secret))
    await sync_schedules(session, saved, now)
    return saved, new


def write_rows(all_wards: Sequence[Ward]) -> str:
    """Wards as the file that `import_wards` takes; cells are safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for ward in all_wards:
        row = WardRow.of(ward).model_dump()
        row |= {name: ";".join(row[name]) for name in ("huddle_times", "managers")}
        row["digest_day"] = DAYS[row["digest_day"]]
        writer.writerow({name: _safe(str(cell)) for name, cell in row.items()})
    return out.getvalue()


def _safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV Injection)."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
