"""Weeks in SQL: how many whole ones lie between a stored local date and the day that the weeks end on."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Date, Integer, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import col


class weeks_back(FunctionElement[int]):  # named as SQL names its functions
    """0 for the seven days that end on `last`, 1 for those before them, and so on. Group by its label."""

    inherit_cache = True
    type = Integer()

    def __init__(self, day: date | None, last: date) -> None:
        super().__init__(literal(last, Date), col(day))


@compiles(weeks_back, "postgresql")
def _postgresql(element: weeks_back, compiler: Any, **given: Any) -> str:
    last, day = (compiler.process(one, **given) for one in _parts(element))
    return f"(({last} - {day}) / 7)"


@compiles(weeks_back, "sqlite")
def _sqlite(element: weeks_back, compiler: Any, **given: Any) -> str:
    last, day = (compiler.process(one, **given) for one in _parts(element))
    return f"(CAST(julianday({last}) - julianday({day}) AS INTEGER) / 7)"


def _parts(element: weeks_back) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    last, day = element.clauses
    return last, day
