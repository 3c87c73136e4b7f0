"""The command `bot trends`: a ward's weekly figures, and what they honestly say."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
import io
import json
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import typer

from bot.settings import Settings

if TYPE_CHECKING:  # what it brings is for this command alone
    from bot.trends.reading import Reading

COLUMNS = ("ward", "measure", "title", "method", "unit", "start", "value", "mean", "lower", "upper", "rule", "meaning")


@dataclass(frozen=True)
class Read:
    """A measure of a ward: its key and title, and what its figures say."""

    key: str
    title: str
    reading: Reading


def add_to(
    app: typer.Typer,
    settings: Callable[..., Settings],
    wait_for: Callable[[Coroutine[Any, Any, list[Read]]], list[Read]],
    fail: Callable[[str], NoReturn],
) -> None:
    """Put the command on the app; `settings`, `wait_for` and `fail` are those of the other commands."""

    @app.command("trends")
    def trends(
        ward: Annotated[str, typer.Option(help="The ward's name.")],
        as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
        as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, one line for each point.")] = False,
    ) -> None:
        """A ward's weekly figures of each measure, and whether they changed for real."""
        if as_json and as_csv:
            fail("--json and --csv: choose one")
        found = wait_for(_read(settings(quiet=True), ward, datetime.now(UTC), fail))
        shown = _json if as_json else _csv if as_csv else _text
        typer.echo(shown(ward, found), nl=False)


async def _read(given: Settings, name: str, now: datetime, fail: Callable[[str], NoReturn]) -> list[Read]:
    """The ward's measures in weeks that end on the last Sunday before today, on the ward's clocks."""
    from bot.measures import weekly
    from bot.measures.catalogue import MEASURES
    from bot.measures.signals import reading_of
    from bot.store import marks, targets, wards
    from bot.store.database import Store

    async with Store(given.sqlalchemy_url)() as session:
        ward = await wards.ward_named(session, name)
        if ward is None:
            near = get_close_matches(name, [one.name for one in await wards.every_ward(session)])
            next_step = f"Did you mean {' or '.join(near)}?" if near else "bot wards list shows them."
            fail(f"--ward: no ward is named “{name}”. {next_step}")
        last = weekly.last_sunday(now.astimezone(ZoneInfo(ward.timezone)).date())
        series = (await weekly.load(session, [ward.key], last))[ward.key]
        noted = await marks.of_wards(session, [ward.key])
        aims = await targets.of_wards(session, [ward.key])
    return [Read(key, MEASURES[key].title, reading_of(key, one, noted, aims, last=last)) for key, one in series.items()]


def _text(ward: str, found: list[Read]) -> str:
    lines = [ward]
    for one in found:
        said = (one.title, one.reading.sentence, one.reading.aim, one.reading.why)
        lines += ["", *filter(None, said)]
        if one.reading.points:
            lines.append(
                f"{'from':<10}  {'value':>7}  {'average':>7}  {'lowest':>7}  {'highest':>7}  {one.reading.unit}"
            )
        for point in one.reading.points:
            numbers = "  ".join(f"{_rounded(n):>7}" for n in (point.value, point.mean, point.lower, point.upper))
            sign = f"{point.meaning.replace('_', ' ')}: {point.rule.replace('_', ' ')}" if point.rule else ""
            lines.append(f"{point.start}  {numbers}  {sign}".rstrip())
    return "\n".join(lines) + "\n"


def _rounded(number: float | None) -> str:
    return "" if number is None else f"{number:.1f}".removesuffix(".0")


def _json(ward: str, found: list[Read]) -> str:
    measures = {
        one.key: {
            "title": one.title,
            "method": one.reading.method,
            "unit": one.reading.unit,
            "sentence": one.reading.sentence,
            "why": one.reading.why,
            "target": one.reading.target,
            "assurance": one.reading.assurance,
            "points": [point._asdict() | {"start": point.start.isoformat()} for point in one.reading.points],
        }
        for one in found
    }
    return json.dumps({"ward": ward, "measures": measures}, ensure_ascii=False, indent=2) + "\n"


def _csv(ward: str, found: list[Read]) -> str:
    from bot.privacy.cells import safe

    file = io.StringIO()
    write = csv.writer(file, lineterminator="\n").writerow
    write(COLUMNS)
    for one in found:
        about = [safe(cell) for cell in (ward, one.key, one.title, one.reading.method, one.reading.unit)]
        for at in one.reading.points:
            write([*about, at.start, at.value, at.mean, at.lower, at.upper, at.rule, at.meaning])
    return file.getvalue()
