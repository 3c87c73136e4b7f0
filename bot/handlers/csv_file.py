"""A file of rows below a heading that is taken whole or not at all: its cells, and each fault by line and column."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
import csv
from dataclasses import dataclass
import io
import re

SEPARATORS = (",", ";", "\t")
MOST_SHOWN = 20
"""Faults that are told at once: who has more mends a whole column."""
_LONG = 40
_QUOTED = re.compile(rf"“([^”]{{{_LONG}}})[^”]+”")


@dataclass(frozen=True)
class CsvFault:
    """One thing wrong: the line of the file (the heading is line 1), the column, and the words."""

    line: int
    column: str
    words: str

    def __str__(self) -> str:
        """In a line: what it quotes of the file is cut short, and can't tell the terminal what to do."""
        words = _QUOTED.sub(r"“\1…”", self.words)
        said = f"line {self.line}, {_short(self.column)}: {words}"
        return "".join(one if one.isprintable() else "\ufffd" for one in said)


class CsvError(Exception):
    """A file with faults; nothing of it was taken."""

    def __init__(self, faults: Sequence[CsvFault]) -> None:
        more = len(faults) - MOST_SHOWN
        shown = [str(fault) for fault in faults[:MOST_SHOWN]]
        super().__init__("\n".join([*shown, f"and {more:,} more like these"] if more > 0 else shown))
        self.faults = faults


Cells = dict[str, str]
"""The cells of a row by their column, as the file has them."""


def read_cells(
    text: str, columns: Sequence[str], what: str, optional: Collection[str] = ()
) -> tuple[list[tuple[int, Cells]], list[CsvFault]]:
    """The rows of a file, each with the line it begins at, and the faults of rows that have too few or many cells.

    `what` names in the singular what a row is. Raises `CsvError` where the heading is not these columns (in any order
    and case, of the optional ones any), or where there is no row.
    """
    needed = [name for name in columns if name not in optional]
    separator, heading = heading_of(text, needed)
    faults = [CsvFault(1, name, "this column is missing") for name in needed if name not in heading]
    faults += [CsvFault(1, name or "(empty)", "this column is not known") for name in heading if name not in columns]
    faults += [CsvFault(1, name, "this column is there twice") for name in columns if heading.count(name) > 1]
    if faults:
        raise CsvError(faults)
    rows: list[tuple[int, Cells]] = []
    for line, cells in rows_of(text, separator):
        if fault := uneven(line, cells, heading):
            faults.append(fault)
        else:
            rows.append((line, dict(zip(heading, cells, strict=True))))
    if not rows and not faults:
        raise CsvError([CsvFault(1, "row", f"there is no {what} below the heading")])
    return rows, faults


def heading_of(text: str, columns: Sequence[str]) -> tuple[str, list[str]]:
    """What parts the cells, as the heading shows it, and the names of the columns in lower case.

    Raises `CsvError` where there is none.
    """
    found = [
        (one, [name.strip().lower() for name in next(_lines(text, one, strict=False), (1, []))[1]])
        for one in SEPARATORS
    ]
    separator, heading = max(found, key=lambda one: len(set(columns) & set(one[1])))
    if not heading:
        named = f"{', '.join(columns[:-1])} and {columns[-1]}"
        raise CsvError([CsvFault(1, "row", f"the file is empty; its first line must name the columns {named}")])
    return separator, heading


def rows_of(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows below the heading that are not empty, each with the line it begins at."""
    lines = _lines(text, separator, strict=True)
    next(lines, None)
    return lines


def uneven(line: int, cells: Sequence[str], heading: Sequence[str]) -> CsvFault | None:
    """The fault of a row that has more cells than the heading, or fewer."""
    if len(cells) == len(heading):
        return None
    many = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
    unclosed = "; is a quotation mark not closed?" if any("\n" in cell or "\r" in cell for cell in cells) else ""
    return CsvFault(line, "row", f"it has {many}, and the heading has {len(heading)}{unclosed}")


def refuse(faults: Sequence[CsvFault]) -> None:
    """Raise `CsvError` with these faults in the order of their lines, if there are any."""
    if faults:
        raise CsvError(sorted(faults, key=lambda fault: fault.line))


def _lines(text: str, separator: str, *, strict: bool) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the line it begins at; a quoted cell may go over several.

    Where `strict`, a quotation mark that is not closed is refused: its cell would swallow the rest of the file.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator, strict=strict)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        words = f"it can't be read ({error}): is a quotation mark not closed?"
        raise CsvError([CsvFault(begins, "row", words)]) from None


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
