"""The commands. Bad input: words on stderr and exit code 2."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from datetime import date, datetime, timedelta
import json
import logging
from pathlib import Path
import sys
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import ValidationError
import typer

from bot.board.command import add_to as add_board
from bot.chat.front import Destination
from bot.chat.message import Message
from bot.chat.router import Problem
from bot.chat.text import as_text
from bot.exchange import add_to as add_exchange
from bot.figures import add_to as add_figures
from bot.given import text_of
from bot.posters.command import add_to as add_poster
from bot.settings import Settings
from bot.spc import add_to as add_spc
from bot.store.tables import Occurrence, Ward

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Wardhuddle: huddles, reminders, reports, trends.")
wards_app = typer.Typer(no_args_is_help=True, help="The trust's wards.")
content_app = typer.Typer(no_args_is_help=True, help="The content library.")
app.add_typer(wards_app, name="wards")
app.add_typer(content_app, name="content")

T = TypeVar("T")
KINDS = ("huddle", "reminder", "scenario", "digest", "leaders_digest")
WAITING = ("due", "claimed", "unclear")
CHOSEN = ("reminder", "scenario")
DATABASE_AWAY = "The database can't be used: bot check says whether DATABASE_URL is right, or bot migrate is wanted."
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def fail(words: str, code: int = 2) -> NoReturn:
    """Say what is wrong on stderr and stop."""
    typer.echo(words, err=True)
    raise typer.Exit(code)


def settings(*, quiet: bool = False) -> Settings:
    """The settings, with logs set up; `quiet`: of warnings only."""
    from bot.app import set_up_logs

    try:
        found = Settings()
    except ValidationError as error:
        faults = [(str(one["loc"][0]).upper(), one["msg"]) for one in error.errors(include_input=False)]
        fail("\n".join(f"{name}: {words.removeprefix('Value error, ')}" for name, words in faults))
    set_up_logs(found, logging.WARNING if quiet else logging.INFO)
    return found


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run asynchronous work; a problem a person can mend is said in its words."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from bot.handlers.csv_file import CsvError
    from bot.prompts.library import ContentError
    from bot.store.database import StoreAway

    try:
        return asyncio.run(work)
    except (StoreAway, OperationalError, ProgrammingError):  # the last, from PostgreSQL where a table is missing
        fail(DATABASE_AWAY, 1)
    except Problem as problem:
        fail(problem.words, 1)
    except (CsvError, ContentError) as error:
        fail(str(error))


add_poster(app, settings, wait_for)
add_exchange(app, settings, wait_for, fail)
add_spc(app, fail)
add_figures(app, settings, wait_for, fail)
add_board(app, settings, wait_for, fail)


def instant(text: str) -> datetime:
    """An instant of the command line. Exit 2 where it is none, or has no offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fail(f"--at: “{text}” is not a time; write it like 2026-11-23T07:45+00:00")
    if found.tzinfo is None:
        fail(f"--at: “{text}” has no offset; add Z or +01:00")
    return found


@app.command("try")
def try_out(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page.")] = 8000,
    data: Annotated[Path, typer.Option(help="Folder for the sample ward's data.")] = Path("data/try"),
    no_open: Annotated[bool, typer.Option("--no-open", help="Don't open a browser.")] = False,
) -> None:
    """A sample ward in the browser: SQLite, no account, invented people and figures."""
    import webbrowser

    from bot import sample

    base = settings(quiet=True)
    given = base.model_dump() | {
        "data_dir": data,
        "database_url": "",
        "port": port,
        "host": "127.0.0.1",
        "public_url": "",
        "slack_bot_token": "",
        "slack_app_token": "",
        "teams_client_id": "",
        "teams_tenant_id": "",
        "teams_workflows": {},
        "webhook_url": "",  # invented reports are nothing to tell the trust's own system
        "webhook_secret": "",
    }
    if not _is_free(port):
        fail(f"Port {port} is in use: bot try --port {port + 1}")
    trial = Settings.model_validate(given)

    def ready(address: str) -> None:
        typer.echo(
            f"The sample ward is at {address}\nStop with Ctrl-C. Its data is in {data}; delete that to start anew."
        )
        if not no_open:
            webbrowser.open(address)

    wait_for(sample.serve(trial, ready))


def _is_free(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@app.command()
def run(
    only: Annotated[str, typer.Option(help="web or worker, for separate processes.")] = "",
    no_migrate: Annotated[bool, typer.Option("--no-migrate", help="Leave the database as it is.")] = False,
) -> None:
    """The service: web pages, Slack, Teams, and the clock that sends what is due."""
    from bot import app as house

    chosen = frozenset(part for part in house.PARTS if only in ("", part))
    if not chosen:
        fail(f"--only: “{only}” is neither web nor worker")
    wait_for(house.run(settings(), chosen, migrations=not no_migrate))


@app.command()
def check() -> None:
    """Settings, database, content, chat credentials and scopes: a line each; exit 1 if any fails."""
    from bot.check import check_house

    found = wait_for(check_house(settings()))
    for name, ok, words in found:
        typer.echo(f"{'ok  ' if ok else 'FAIL'}  {name}: {words}")
    if not all(ok for _, ok, _ in found):
        raise typer.Exit(1)


@app.command("migrate")
def migrate_database() -> None:
    """Bring the database up to date."""
    from sqlalchemy.exc import OperationalError

    from bot.store.database import migrate

    try:
        migrate(settings().sqlalchemy_url)
    except OperationalError:
        fail("The database can't be reached: see DATABASE_URL.", 1)
    typer.echo("The database is up to date.")


@wards_app.command("import")
def import_wards(file: Annotated[Path, typer.Argument(help="wards.csv, with its heading.")]) -> None:
    """Make or change wards from a file: all or nothing."""
    text = text_of(file, fail)
    wait_for(_import(settings(), text))


async def _import(given: Settings, text: str) -> None:
    from bot.app import utc_now
    from bot.handlers.wards_csv import import_wards as take
    from bot.store.database import Store

    async with Store(given.sqlalchemy_url)() as session:
        wards, new = await take(session, text, given.secret, utc_now())
    typer.echo(f"{new} new, {len(wards) - new} changed or the same: {', '.join(ward.name for ward in wards)}")
    unmanaged = [ward.name for ward in wards if ward.front != "browser" and not ward.managers]
    if unmanaged:
        typer.echo(f"No managers: {', '.join(unmanaged)}. Whoever first types huddle setup there becomes its manager.")


@wards_app.command("list")
def list_wards() -> None:
    """Each ward with its times, where it talks, and whether it is paused."""
    given = settings()
    for ward in wait_for(_wards(given)):
        leaders = f"; leaders {_where(given, ward.leaders_channel)}" if ward.leaders_channel else ""
        one_way = f"; one way {ward.workflow}" if ward.workflow else ""
        state = f"  PAUSED: {ward.paused_reason}" if ward.paused_reason else ""
        times = f"huddles {', '.join(ward.huddle_times)} ({ward.timezone})"
        times += f"; shifts {', '.join(ward.shifts)}" if ward.shifts else ""
        typer.echo(f"{ward.name}: {times}; {_where(given, ward.channel)}{leaders}{one_way}{state}")


def _where(given: Settings, place: Destination) -> str:
    """A place as a person finds it: a page's address, or a front's channel."""
    page = place.address.get("page")
    return (
        f"{_base(given)}/ward/{page}"
        if page
        else f"{place.front} {place.address.get('channel') or place.address['name']}"
    )


@wards_app.command("link")
def link_of_ward(
    name: Annotated[str, typer.Argument(help="The ward's name.")],
    new: Annotated[bool, typer.Option("--new", help="Replace it first: the old link then leads nowhere.")] = False,
) -> None:
    """The address of a ward's report page, which the QR code of its posters leads to."""
    given = settings(quiet=True)
    typer.echo(_base(given) + wait_for(_report_path(given, name, new=new)))
    if new:
        typer.echo("The old link leads nowhere now: print the ward's posters anew.", err=True)


async def _report_path(given: Settings, name: str, *, new: bool) -> str:
    from bot.store.database import Store
    from bot.store.tables import new_report_key
    from bot.store.wards import ward_named

    async with Store(given.sqlalchemy_url)() as session:
        ward = await ward_named(session, name)
        if ward is None:
            fail(f"There is no ward “{name}”; bot wards list shows them")
        if new:
            ward.report_key = new_report_key()
        return ward.report_path


def _base(given: Settings) -> str:
    """What our pages' addresses begin with."""
    return given.public_url or f"http://localhost:{given.port}"


@wards_app.command("export")
def export_wards() -> None:
    """All wards as the file that `bot wards import` takes."""
    from bot.handlers.wards_csv import write_rows

    typer.echo(write_rows(wait_for(_wards(settings()))), nl=False)


async def _wards(given: Settings) -> list[Ward]:
    from bot.store.database import Store
    from bot.store.wards import every_ward

    async with Store(given.sqlalchemy_url)() as session:
        return list(await every_ward(session))


@app.command()
def due(
    at: Annotated[str, typer.Option(help="The instant, ISO 8601 with offset; now if left out.")] = "",
    send: Annotated[bool, typer.Option("--send", help="Send it now.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Every state, not only what waits.")] = False,
    as_json: Json = False,
) -> None:
    """What is due at that instant and not yet sent, or had no room in the day; with the reason if there is one."""
    from bot.app import utc_now

    moment = instant(at) if at else utc_now()
    rows = wait_for(_due(settings(), moment, send=send, every=every))
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        reason = f": {row['reason']}" if "reason" in row else ""
        typer.echo(f"{row['due_at']}  {row['state']:8}  {row['ward']}  {row['kind']} {row['slot']}{reason}")
    if not rows:
        typer.echo("Nothing is due.")


async def _due(given: Settings, at: datetime, *, send: bool, every: bool) -> list[dict[str, str]]:
    from bot.app import build, put_away
    from bot.schedule.calendar import local
    from bot.schedule.planner import plan
    from bot.schedule.quiet import hold_back, no_room, why
    from bot.store import ledger

    house = build(given, clock=lambda: at)
    if send:
        await house.sender.tick()
    async with house.store.scratch() as session:
        await plan(session, at)
        await ledger.settle_late(session, at, timedelta())
        await hold_back(session, at)
        found = list(await ledger.occurrences(session, states=() if every else WAITING, until=at))
        if not every:
            found += await no_room(session, at)
    await put_away(house)
    return [
        {
            "ward": ward.name,
            "kind": one.kind,
            "slot": one.slot,
            "due_at": local(one.due_at, ward.timezone).isoformat(),
            "state": one.state,
            **({"reason": reason} if (reason := why(ward, one)) else {}),
        }
        for one, ward in found
    ]


@app.command()
def preview(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.")],
    ward: Annotated[str, typer.Option(help="The ward's name.")],
    on: Annotated[str, typer.Option(help="The local date, YYYY-MM-DD.")],
    front: Annotated[str, typer.Option(help="slack, teams or browser; the ward's own if left out.")] = "",
    why: Annotated[bool, typer.Option("--why", help="Also why this reminder or scene is the one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The front's own payload.")] = False,
) -> None:
    """Exactly what would be posted."""
    if why and kind not in CHOSEN:
        fail(f"--why: only {' and '.join(CHOSEN)} are chosen from the library")
    if kind not in KINDS:
        fail(f"“{kind}” is none of {', '.join(KINDS)}")
    try:
        day = date.fromisoformat(on)
    except ValueError:
        fail(f"--on: “{on}” is not a date; write it like 2026-11-23")
    message, payload, reasons = wait_for(_preview(settings(), kind, ward, day, front))
    typer.echo(json.dumps(payload, indent=1, ensure_ascii=False) if as_json else as_text(message))
    if why:
        typer.echo("\n".join(("", *reasons)), err=as_json)  # beside the payload, not in it


async def _preview(
    given: Settings, kind: str, name: str, on: date, front: str
) -> tuple[Message, object, tuple[str, ...]]:
    from datetime import time
    from zoneinfo import ZoneInfo

    from bot.app import build, put_away
    from bot.prompts import reminder, scenario
    from bot.prompts.kinds import PROMPTS
    from bot.prompts.library import NothingFits
    from bot.schedule.calendar import LEADERS_DIGEST, planned_prompts
    from bot.schedule.planner import occurrence
    from bot.store import ledger
    from bot.store.wards import ward_named

    house = build(given)
    async with house.store.scratch() as session:
        ward = await ward_named(session, name)
        if ward is None:
            fail(f"--ward: there is no ward “{name}”; bot wards list shows them")
        if kind == LEADERS_DIGEST and ward.leaders_channel is None:
            fail(f"--ward: “{name}” has no leaders' channel, so no leaders' digest")
        slot = next(one.slot for one in planned_prompts(ward, leads=True) if one.kind == kind)
        at = datetime.combine(on, time.fromisoformat(slot), ZoneInfo(ward.timezone))
        await ledger.write_occurrence(session, occurrence(ward, kind, slot, at, on=on))
        planned = await ledger.occurrence_at(session, ward.key, kind, on, slot)
        assert isinstance(planned, Occurrence)
        choosers: dict[str, Any] = {"reminder": reminder.chosen, "scenario": scenario.chosen}
        reasons: tuple[str, ...] = ()
        try:
            if planned.item:
                reasons = (f"Item: {planned.item}, chosen already when it was sent.",)
            elif kind in choosers:
                reasons = (await choosers[kind](session, house.supplies.library, ward, planned)).why
            message = await PROMPTS[kind].build(session, house.supplies, ward, planned)
        except (NothingFits, OverflowError) as error:
            fail(f"--on: nothing can be made for {on}: {error}")
    await put_away(house)
    return message, _payload(message, front or ward.front), reasons


def _payload(message: Message, front: str) -> object:
    """What a front would send, also one that is not set up here."""
    if front == "slack":
        from bot.chat.slack.blocks import payload

        return payload(message)
    if front == "teams":
        from bot.chat.teams.cards import message_card

        return message_card(message)
    if front == "browser":
        from bot.chat.message import to_json

        return json.loads(to_json(message))
    fail(f"--front: “{front}” is none of slack, teams and browser")


@app.command()
def manifest(
    platform: Annotated[str, typer.Argument(help="slack or teams")],
    url: Annotated[str, typer.Option(help="The public address: for Teams, and for Slack but by Socket Mode.")] = "",
    out: Annotated[Path, typer.Option(help="Where the package for Teams is written.")] = Path("wardhuddle-teams.zip"),
) -> None:
    """The app manifest to paste into Slack, or the app package to upload to Teams."""
    if platform == "slack":
        from bot.chat.slack.manifest import manifest as slack_manifest

        typer.echo(json.dumps(slack_manifest(url.rstrip("/") or None), indent=2))
    elif platform == "teams":
        _teams_package(settings(), url.rstrip("/"), out)
    else:
        fail(f"“{platform}”: there is a manifest for slack and for teams")


def _teams_package(given: Settings, url: str, out: Path) -> None:
    from bot.chat.teams.manifest import package

    address = url or given.public_url
    if not given.has_teams:
        fail("TEAMS_CLIENT_ID: set it first (with TEAMS_TENANT_ID), for it is the app's ID in the package")
    if not address.startswith("https://"):
        fail("--url: Teams needs the service's https address, here or as PUBLIC_URL")
    try:
        out.write_bytes(package(given.teams_client_id, address))
    except OSError as error:
        fail(f"--out: {out}: {error.strerror}")
    typer.echo(f"Written to {out}: upload it in the Teams admin centre, under Manage apps.")


@content_app.command("check")
def check_content(
    folder: Annotated[Path | None, typer.Argument(help="Your own content's folder; CONTENT_DIR if left out.")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Whose review is due by then.")] = None,
    as_json: Json = False,
) -> None:
    """The content library, with your own folder laid over it, against its rules: a line for each fault."""
    from bot.prompts.library import ContentError, Library
    from bot.prompts.library.check import check

    counts: dict[str, int] = {}
    own: Mapping[str, Sequence[str]] = {}
    try:
        library = Library.load(folder or settings().content_dir)
        counts, own = library.counts(), library.own or {}
        faults = [str(fault) for fault in check(library, (on or datetime.now()).date())]
    except ContentError as error:
        faults = [str(fault) for fault in error.faults]
    if as_json:
        typer.echo(json.dumps({"counts": counts, "faults": faults}, indent=1))
    else:
        found = [f"{kind}: {number}" for kind, number in counts.items()]
        found += [f"your own, {what}: {', '.join(ids) or 'none'}" for what, ids in own.items()]
        typer.echo("\n".join(faults or found))
    if faults:
        sys.exit(1)
