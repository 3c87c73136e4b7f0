"""wards.csv: a trust's wards at once, all or nothing, each fault by line and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
import csv
from datetime import datetime
import io
import re

from pydantic import ValidationError

from bot.chat.front import Destination
from bot.handlers.csv_file import CsvFault, read_cells, refuse
from bot.handlers.ward_row import DAY_NAMES, MAY_STAY, WardRow, save_row
from bot.privacy.cells import plain, safe
from bot.schedule.planner import sync_schedules
from bot.store import wards
from bot.store.database import Session
from bot.store.tables import Ward

COLUMNS = tuple(WardRow.model_fields)
OPTIONAL = {"managers", *MAY_STAY}
SEVERAL = ("huddle_times", "reminder_time", "managers", "leaders", "shifts")
SIGNED = re.compile(r"://|[?&]sig=")
"""What may be a workflow's address, a secret that was put into a cell by mistake."""


def read_rows(text: str, secret: str) -> list[tuple[int, WardRow]]:
    """The rows of a file, each with the line it begins at. Raises `CsvError`, naming every fault at once."""
    found, faults = read_cells(text, COLUMNS, "ward", OPTIONAL)
    rows: list[tuple[int, WardRow]] = []
    for line, cells in found:
        try:
            rows.append((line, WardRow.model_validate({name: plain(cell) for name, cell in cells.items()})))
        except ValidationError as error:
            faults += [_fault(line, one) for one in error.errors()]
    refuse([*faults, *_twice(rows, secret)])
    return rows


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
    refuse(faults)
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
        row["digest_day"] = DAY_NAMES[row["digest_day"]]
        writer.writerow({name: safe("" if cell is None else str(cell)) for name, cell in row.items()})
    return out.getvalue()
