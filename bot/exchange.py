"""The commands for what comes in from the trust's other systems and goes out to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copyfileobj
import sys
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, Protocol, TypeVar

import typer

from bot.given import text_of
from bot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.handlers.incidents_csv import Imported
    from bot.store.database import Session
    from bot.store.tables import Outgoing

T = TypeVar("T")
WITH_TEXT = (
    "Also the free text. It was checked for identifiers, but no check finds every name: agree it with your "
    "information governance team, and keep the file as you would keep the reports. Needs --rows."
)


class WaitFor(Protocol):
    """Runs asynchronous work; a problem a person can mend is said in its words."""

    def __call__(self, work: Coroutine[Any, Any, T], /) -> T: ...


def add_to(
    app: typer.Typer, settings: Callable[..., Settings], wait_for: WaitFor, fail: Callable[..., NoReturn]
) -> None:
    """Put the commands on the app; `settings`, `wait_for` and `fail` are those of the other commands."""

    @app.command("import-incidents")
    def import_incidents(
        file: Annotated[Path, typer.Argument(help="CSV UTF-8 with the columns ward, week, kind, count.")],
    ) -> None:
        """Weekly counts of restrictive interventions, and bed days: all or nothing, repeatable without doubling."""
        text = text_of(file, fail)
        done = wait_for(_import(settings(), text))
        typer.echo(_imported(done))

    @app.command("export")
    def export(
        first: Annotated[str, typer.Option("--from", help="The first local date, YYYY-MM-DD.")],
        last: Annotated[str, typer.Option("--to", help="The last local date, YYYY-MM-DD.")],
        kind: Annotated[str, typer.Option(help="near_miss, success or restrictive; all if left out.")] = "",
        rows: Annotated[
            bool,
            typer.Option("--rows", help="The single reports, for those who may see them: no name, no id, no hour."),
        ] = False,
        with_text: Annotated[bool, typer.Option("--with-text", help=WITH_TEXT)] = False,
        out: Annotated[Path | None, typer.Option(help="The file to write; the terminal if left out.")] = None,
    ) -> None:
        """Reports as CSV that is safe in a spreadsheet: counts by ward and whole week, small ones not shown."""
        from bot.privacy.export import KINDS

        days = _day("--from", first, fail), _day("--to", last, fail)
        if days[0] > days[1]:
            fail(f"--to: {days[1]} is before --from {days[0]}")
        if kind and kind not in KINDS:
            fail(f"--kind: “{kind}” is none of {', '.join(KINDS)}")
        if with_text and not rows:
            fail("--with-text: counts have no text; add --rows for the single reports")
        kinds = (kind,) if kind else KINDS
        wait_for(_export(settings(quiet=True), kinds, days, out, fail, rows=rows, with_text=with_text))

    outgoing_app = typer.Typer(
        no_args_is_help=True, help="What the trust's own system is told of reports (WEBHOOK_URL)."
    )
    app.add_typer(outgoing_app, name="outgoing")

    @outgoing_app.command("list")
    def list_outgoing() -> None:
        """Each call with its state (due, sent, dead), when it was or will be tried, and what went wrong."""
        found = wait_for(_calls(settings()))
        for call in found:
            typer.echo(_line(call))
        if not found:
            typer.echo("There is no call, or none that is not held back for its reporter's sake.")

    @outgoing_app.command("replay")
    def replay_outgoing(
        call_id: Annotated[str, typer.Argument(metavar="[ID]", help="One call, as bot outgoing list shows it.")] = "",
        every: Annotated[bool, typer.Option("--all", help="Every call that was given up.")] = False,
    ) -> None:
        """Make calls again that were given up, or one that was sent; the worker (bot run) does it within seconds."""
        if bool(call_id) == every:
            fail("Which? Name one ID of bot outgoing list, or give --all for every call that was given up.")
        number = wait_for(_replay(settings(), call_id or None))
        if call_id and not number:
            fail(f"“{call_id}” is no call that was given up or sent: bot outgoing list shows them")
        typer.echo(f"To be made again: {number}")


@asynccontextmanager
async def _session(given: Settings) -> AsyncIterator[Session]:
    from bot.store.database import Store

    store = Store(given.sqlalchemy_url)
    try:
        async with store() as session:
            yield session
    finally:
        await store.close()


async def _import(given: Settings, text: str) -> Imported:
    from bot.handlers.incidents_csv import import_incidents as take

    async with _session(given) as session:
        return await take(session, text, datetime.now(UTC))


def _imported(done: Imported) -> str:
    rows = done.new + done.changed + done.same
    span = f"{done.weeks[0]}" if len(done.weeks) == 1 else f"{done.weeks[0]} to {done.weeks[-1]}"
    return (
        f"Rows: {rows} ({done.new} new, {done.changed} changed, {done.same} the same)\n"
        f"Wards: {len(done.wards)} ({', '.join(done.wards)})\nWeeks: {len(done.weeks)} (from Monday {span})"
    )


def _day(option: str, text: str, fail: Callable[..., NoReturn]) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        fail(f"{option}: “{text}” is not a date; write it like 2026-11-23")


async def _export(
    given: Settings,
    kinds: Sequence[str],
    days: tuple[date, date],
    out: Path | None,
    fail: Callable[..., NoReturn],
    *,
    rows: bool,
    with_text: bool,
) -> None:
    from bot.privacy.export import write_counts, write_reports
    from bot.privacy.small import Small

    with TemporaryFile("w+", encoding="utf-8", newline="") as made:  # so that nobody takes half an export for a whole
        async with _session(given) as session:
            if rows:
                await write_reports(session, made, kinds, *days, with_text=with_text)
            else:
                await write_counts(session, made, kinds, *days, Small(given.fewest_shown))
        made.seek(0)
        try:
            with out.open("w", encoding="utf-8", newline="") if out else nullcontext(sys.stdout) as target:
                copyfileobj(made, target)
        except OSError as error:
            fail(f"--out: {out}: {error.strerror}")
    if out:
        typer.echo(f"Written to {out}")


async def _calls(given: Settings) -> Sequence[Outgoing]:
    from bot.store.outgoing import calls

    async with _session(given) as session:
        return await calls(session, datetime.now(UTC))


def _line(call: Outgoing) -> str:
    """A call in a line, without anything of what it says."""
    when = f"{call.not_before:%Y-%m-%d %H:%M} UTC"
    tells = {"due": f"next try {when}", "sent": f"taken {when}", "dead": "given up"}[call.state]
    return f"{call.id}  {call.state:4}  tried {call.attempts}  {tells}" + (f"  {call.problem}" if call.problem else "")


async def _replay(given: Settings, call_id: str | None) -> int:
    from bot.store.outgoing import replay

    async with _session(given) as session:
        return await replay(session, datetime.now(UTC), call_id)
