"""A CSV file that a person gives to a command."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

import typer

MOST_BYTES = 10_000_000
"""A hundred wards' counts of every kind in four years; a file's cells take some twenty times as much memory."""


def text_of(file: Path, fail: Callable[[str], NoReturn]) -> str:
    """Its text, as it is to the ends of its lines, which may be part of a cell; for `-` that of standard input."""
    try:
        with nullcontext(typer.get_binary_stream("stdin")) if str(file) == "-" else file.open("rb") as given:
            content = given.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            fail(f"{file}: it is larger than {MOST_BYTES // 1_000_000} MB; give it in parts")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        fail(f"{file}: there is no such file; is its name right, and the folder?")
    except IsADirectoryError:
        fail(f"{file}: this is a folder; name the CSV file in it")
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except UnicodeDecodeError:
        fail(f"{file}: it is not UTF-8 text; in Excel choose Save As and CSV UTF-8")
