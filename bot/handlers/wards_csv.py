"""wards.csv: a trust's wards at once, all or nothing, each fault by line and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
import csv
from dataclasses import dataclass
from datetime import datetime
import io
import re

from pydantic import ValidationError

from bot.chat.front import Destination
from bot.handlers.ward_row import DAYS, MAY_STAY, WardRow, save_row
from bot.schedule.planner import sync_schedules
from bot.store import wards
from bot.store.database import Session
from bot.store.tables import Ward

COLUMNS = tuple(WardRow.model_fields)
OPTIONAL = {"managers", *MAY_STAY}
SEVERAL = ("huddle_times", "reminder_time", "managers", "shifts")
FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""What a spreadsheet may take for a formula (OWASP, CSV Injection), however often it was made safe already."""
SIGNED = re.compile(r"://|[?&]sig=")
"""What may be a workflow's address, a secret that was put into a cell by mistake."""


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


def read_rows(text: str, secret: str) -> list[tuple[int, WardRow]]:
    """The rows of a file, each with the line it begins at. Raises `CsvError`, naming every fault at once."""
    lines = _lines(text)
    _, heading = next(lines, (1, []))
    heading = [name.strip() for name in heading]
    faults = [CsvFault(1, name, "this column is missing") for name in COLUMNS if name not in (*heading, *OPTIONAL)]
    faults += [CsvFault(1, name or "(empty)", "this column is not known") for name in heading if name not in COLUMNS]
    faults += [CsvFault(1, name, "this column is there twice") for name in COLUMNS if heading.count(name) > 1]
    if faults:
        raise CsvError(faults)
    rows: list[tuple[int, WardRow]] = []
    for line, cells in lines:
        if len(cells) != len(heading):
            faults.append(CsvFault(line, "row", f"it has {len(cells)} cells, and the heading has {len(heading)}"))
            continue
        try:
            rows.append((line, WardRow.model_validate(dict(zip(heading, map(_plain, cells), strict=True)))))
        except ValidationError as error:
            faults += [_fault(line, one) for one in error.errors()]
    if not rows and not faults:
        faults.append(CsvFault(1, "row", "there is no ward below the heading"))
    faults += _twice(rows, secret)
    if faults:
        raise CsvError(sorted(faults, key=lambda fault: fault.line))
    return rows


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the line it begins at; a quoted cell may go over several."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    begins = 1
    try:
        for cells in reader:
            if cells:
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise CsvError([CsvFault(begins, "row", f"it can't be read: {error}")]) from None


def _fault(line: int, error: object) -> CsvFault:
    assert isinstance(error, dict)
    column = str(error["loc"][0]) if error["loc"] else "channel"
    words = str(error["msg"]).removeprefix("Value error, ")
    given = error.get("input")
    hidden = not isinstance(given, str) or given in words or SIGNED.search(given)
    shown = "" if hidden else f" (it says “{given}”)"
    return CsvFault(line, column, words[:1].lower() + words[1:] + shown)


def _twice(rows: Sequence[tuple[int, WardRow]], secret: str) -> Iterator[CsvFault]:
    names: dict[str, int] = {}
    places: dict[str, int] = {}
    for line, row in rows:
        place = wards.place_key(row.front, row.place(secret))
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
    rows = read_rows(text, secret)
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
    for _, row in rows:  # wards may swap their channels, and none may have two even for a moment
        ward = await wards.ward_named(session, row.name)
        if ward and ward.place != row.place(secret):
            ward.place_key = f"moving:{ward.key}"
    await session.flush()
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
        row |= {name: ";".join(row[name]) for name in SEVERAL}
        row["digest_day"] = DAYS[row["digest_day"]]
        writer.writerow({name: _safe("" if cell is None else str(cell)) for name, cell in row.items()})
    return out.getvalue()


def _safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def _plain(cell: str) -> str:
    """A cell as it was before `_safe`."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
