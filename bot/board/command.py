"""The command `bot board`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import typer

from bot.board.period import Period, month, quarter
from bot.settings import Settings

SHOWN = 52
"""Points that a chart shows: of weeks, a year."""


def add_to(
    app: typer.Typer,
    settings: Callable[..., Settings],
    wait_for: Callable[[Coroutine[Any, Any, bytes]], bytes],
    fail: Callable[[str], NoReturn],
) -> None:
    """Put the command on the app; `settings`, `wait_for` and `fail` are those of the other commands."""

    @app.command("board")
    def board(
        of_month: Annotated[str, typer.Option("--month", help="Like 2026-10.")] = "",
        of_quarter: Annotated[
            str, typer.Option("--quarter", help="Of the calendar year, like 2026-Q3 for July to September.")
        ] = "",
        out: Annotated[Path | None, typer.Option(help="FILE.pdf; board-PERIOD.pdf if left out.")] = None,
    ) -> None:
        """The board report of a month or quarter: what changed for real across all wards, as a PDF."""
        period = _period(of_month, of_quarter, fail)
        file = out or Path(f"board-{period.name}.pdf")
        if file.suffix.lower() != ".pdf":
            fail(f"--out: “{file}” does not end in .pdf")
        made = wait_for(_made(settings(quiet=True), period, datetime.now(UTC), fail))
        try:
            file.write_bytes(made)
        except OSError as error:
            fail(f"--out: {file}: {error.strerror}")
        typer.echo(f"Written to {file}")


def _period(of_month: str, of_quarter: str, fail: Callable[[str], NoReturn]) -> Period:
    if bool(of_month) == bool(of_quarter):
        fail("--month or --quarter: give one of them, like --month 2026-10 or --quarter 2026-Q3")
    try:
        return month(of_month) if of_month else quarter(of_quarter)
    except ValueError as error:
        fail(f"--{'month' if of_month else 'quarter'}: {error}")


async def _made(given: Settings, period: Period, now: datetime, fail: Callable[[str], NoReturn]) -> bytes:
    from bot.board.page import draw
    from bot.board.report import gather, report
    from bot.privacy.small import Small
    from bot.store.database import Store
    from bot.store.wards import every_ward
    from bot.trends import chart
    from bot.trends.reading import chart_of

    async with Store(given.sqlalchemy_url)() as session:
        zones = {ward.timezone for ward in await every_ward(session)} or {"Europe/London"}
        today: date = min(now.astimezone(ZoneInfo(zone)).date() for zone in zones)
        if today <= period.last:
            fail(f"{period.title} is not over yet: its report can be made from the day after {period.last} on")
        gathered = await gather(session, period.sunday)
    found = await asyncio.to_thread(report, gathered, Small(given.fewest_shown))
    charts = {
        one.measure.title: chart_of(one.reading, f"All wards: {one.measure.title}", shown=SHOWN)
        for one in found.together
        if one.reading and (one.reading.enough or any(point.value for point in one.reading.points))
    }
    try:
        pictures = await asyncio.gather(*(chart.draw(one, "print") for one in charts.values()))
    finally:
        chart.close()
    drawn = {title: (one, png) for (title, one), png in zip(charts.items(), pictures, strict=True)}
    return await asyncio.to_thread(draw, found, period, drawn)
