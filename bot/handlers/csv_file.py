"""A file of rows below a heading that is taken whole or not at all: its cells, and each fault by line and column."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
import csv
from dataclasses import dataclass
import io


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


Cells = dict[str, str]
"""The cells of a row by their column, as the file has them."""


def read_cells(
    text: str, columns: Sequence[str], what: str, optional: Collection[str] = ()
) -> tuple[list[tuple[int, Cells]], list[CsvFault]]:
    """The rows of a file, each with the line it begins at, and the faults of rows that have too few or many cells.

    `what` names in the singular what a row is. Raises `CsvError` where the heading is not these columns (in any order,
    of the optional ones any), or where there is no row.
    """
    lines = lines_of(text)
    _, heading = next(lines, (1, []))
    heading = [name.strip() for name in heading]
    faults = [CsvFault(1, name, "this column is missing") for name in columns if name not in (*heading, *optional)]
    faults += [CsvFault(1, name or "(empty)", "this column is not known") for name in heading if name not in columns]
    faults += [CsvFault(1, name, "this column is there twice") for name in columns if heading.count(name) > 1]
    if faults:
        raise CsvError(faults)
    rows: list[tuple[int, Cells]] = []
    for line, cells in lines:
        if len(cells) == len(heading):
            rows.append((line, dict(zip(heading, cells, strict=True))))
        else:
            faults.append(CsvFault(line, "row", f"it has {len(cells)} cells, and the heading has {len(heading)}"))
    if not rows and not faults:
        raise CsvError([CsvFault(1, "row", f"there is no {what} below the heading")])
    return rows, faults


def refuse(faults: Sequence[CsvFault]) -> None:
    """Raise `CsvError` with these faults in the order of their lines, if there are any."""
    if faults:
        raise CsvError(sorted(faults, key=lambda fault: fault.line))


def lines_of(text: str, separator: str = ",") -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the line it begins at; a quoted cell may go over several."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator)
    begins = 1
    try:
        for cells in reader:
            if cells:
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        raise CsvError([CsvFault(begins, "row", f"it can't be read: {error}")]) from None
