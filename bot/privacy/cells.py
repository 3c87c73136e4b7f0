"""Cells that no spreadsheet takes for a formula, on their way out and back in."""

from __future__ import annotations

import re

FORMULA = re.compile(r"'*(\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])")
"""What a spreadsheet may take for a formula (OWASP, CSV Injection): also in full width, after a space, and however
often it was made safe already."""


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def plain(cell: str) -> str:
    """A cell as it was before `safe`."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
