"""The commands from outside: what they print, where, with which exit code, and what they leave alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
import json
import os
from pathlib import Path
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import Any
from zoneinfo import ZoneInfo

import click
import httpx
import pytest
from sqlalchemy import create_engine, inspect
from sqlmodel import SQLModel
from typer.main import get_command
from typer.testing import CliRunner
import yaml

from bot.cli import KINDS, app
from bot.handlers.wards_csv import COLUMNS
from bot.settings import BUILT_IN_CONTENT, Settings
from tests.slack_workspace import Workspace

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "wards.csv"
LONDON = ZoneInfo("Europe/London")
HEADING = (
    "name,specialty,front,workspace,channel,leaders_channel,timezone,nation,"
    "huddle_times,reminder_time,digest_day,digest_time"
)
COMMANDS = {
    "try",
    "run",
    "check",
    "migrate",
    "wards import",
    "wards list",
    "wards link",
    "wards export",
    "due",
    "preview",
    "manifest",
    "spc",
    "trends",
    "board",
    "poster",
    "import-incidents",
    "export",
    "outgoing list",
    "outgoing replay",
    "content check",
}
"""What other tools rely on; a new one joins here when it is built."""
DAY = datetime.now(LONDON).date() + timedelta(days=2)
"""A day whose prompts all lie ahead, whenever the tests run."""
BAD_THRESHOLDS = ("", "0", "1", "2", "21", "-5", "5.5", "few", "9" * 5000)
"""With 1 nothing would be kept back, and below 2 can only be 1."""
FAR_DAY = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")[(DAY.weekday() + 3) % 7]
"""A weekday that none of the days up to `DAY` is: no digest comes between."""


@dataclass
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output, which must be JSON and nothing else."""
        return json.loads(self.out)


class Terminal:
    """A terminal in an empty folder, with the environment of one deployment."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = dict(environment)

    def __call__(self, *arguments: str, **environment: str) -> Ran:
        """Run a command within this process: quick."""
        result = CliRunner().invoke(app, list(arguments), env={**self.environment, **environment})
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env=clean() | {"PYTHONPATH": str(ROOT)} | self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> Ran:
        """Run a command as a process of its own."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=30)
        return Ran(process.returncode, out, err)

    def wards(self, *rows: str) -> None:
        """Import these wards."""
        file = self.folder / "some-wards.csv"
        file.write_text("\n".join((HEADING, *rows)), encoding="utf-8")
        ran = self("wards", "import", str(file))
        assert ran.code == 0, ran.err


def clean() -> dict[str, str]:
    """This process's environment without any setting of ours."""
    ours = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name.upper() not in ours}


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal where nothing has been set up: an address for a database, and no database."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in os.environ.keys() - clean().keys():
        monkeypatch.delenv(name)
    return Terminal(folder, {"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": "", "SECRET_KEY": "for-tests"})


@pytest.fixture
def terminal(bare: Terminal, database_url: str) -> Terminal:
    """A terminal with a migrated database."""
    bare.environment["DATABASE_URL"] = database_url
    return bare


@pytest.fixture
def small(bare: Terminal, sqlite_template: Path, tmp_path: Path) -> Terminal:
    """The same on SQLite alone, for what has nothing to do with databases."""
    shutil.copy(sqlite_template, tmp_path / "small.db")
    bare.environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'small.db'}"
    return bare


def held(terminal: Terminal) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    url = Settings(_env_file=None, database_url=terminal.environment["DATABASE_URL"]).sqlalchemy_url
    engine = create_engine(url.replace("+aiosqlite", ""))
    with engine.connect() as connection:
        tables = SQLModel.metadata.sorted_tables
        found = {table.name: sorted(map(tuple, connection.execute(table.select())), key=repr) for table in tables}
    engine.dispose()
    return found


def ward(name: str, huddles: str, *, front: str = "browser", zone: str = "Europe/London") -> str:
    """A row of wards.csv with a digest on none of the next days."""
    where = "browser,,," if front == "browser" else f"slack,T0WARDS,C0{name.upper()},C0LEADERS"
    return f"{name},dementia,{where},{zone},ENG,{huddles},11:00,{FAR_DAY},09:00"


def at(clock: str, zone: str = "Europe/London") -> str:
    """This time of `DAY` on a ward's clocks, as `--at` takes it."""
    return datetime.fromisoformat(f"{DAY} {clock}").replace(tzinfo=ZoneInfo(zone)).isoformat()


def every_command(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """All commands with the words that call them."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from every_command(command, (*before, name))  # type: ignore[arg-type]
        else:
            yield (*before, name), command


ALL = dict(every_command(get_command(app)))  # type: ignore[arg-type]


# Help, and what is typed wrong


def test_the_commands_have_the_names_that_others_rely_on() -> None:
    """A renamed command breaks somebody's script."""
    assert {" ".join(names) for names in ALL} >= COMMANDS


@pytest.mark.parametrize("names", [(), ("wards",), ("content",), *ALL], ids=" ".join)
def test_every_command_explains_itself(names: tuple[str, ...], bare: Terminal) -> None:
    """`--help` says what it does, on stdout, and does nothing."""
    ran = bare(*names, "--help")

    assert ran.code == 0
    assert "Usage:" in ran.out
    assert not list(bare.folder.iterdir())
    if names in ALL:
        assert (ALL[names].help or "").strip()[:20] in ran.out
        undocumented = [one.name for one in ALL[names].params if not getattr(one, "help", "") and one.name != "help"]
        assert undocumented == []


def test_help_from_a_process_of_its_own_leaves_nothing_behind(bare: Terminal) -> None:
    """`python -m bot --help` in any folder."""
    ran = bare.run("--help")

    assert (ran.code, ran.err) == (0, "")
    assert "preview" in ran.out
    assert not list(bare.folder.iterdir())


@pytest.mark.parametrize(
    "typed",
    [
        ("nonsense",),
        ("wards", "nonsense"),
        ("due", "--nonsense"),
        ("preview",),
        ("preview", "huddle"),
        ("wards", "import"),
        ("try", "--port", "many"),
        ("try", "--port", "70000"),
        ("run", "--only", "nonsense"),
        ("manifest", "discord"),
    ],
    ids=" ".join,
)
def test_what_is_typed_wrong_ends_with_two_and_words_on_stderr(typed: tuple[str, ...], small: Terminal) -> None:
    """No traceback, nothing on stdout."""
    ran = small(*typed)

    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.strip()
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("PORT", "many", "PORT: Input should be a valid integer"),
        *(("FEWEST_SHOWN", bad, "FEWEST_SHOWN: write a whole number from 3 to 20, or leave") for bad in BAD_THRESHOLDS),
        ("LOG_FORMAT", "xml", "LOG_FORMAT: Input should be 'text' or 'json'"),
        ("DATABASE_URL", "mysql://a:secret-word@b/c", "DATABASE_URL: write postgresql://user:password@host/name"),
        ("TEAMS_WORKFLOWS", "https://a/secret-word", "TEAMS_WORKFLOWS: write each channel's name and its workflow's"),
        ("TEAMS_WORKFLOWS", '{"rowan": "http://a/secret-word"}', "TEAMS_WORKFLOWS: the address of rowan is not an"),
    ],
)
def test_a_bad_setting_is_named_without_its_value(setting: str, value: str, said: str, bare: Terminal) -> None:
    """The value may hold a password."""
    ran = bare("wards", "list", **{setting: value})

    assert ran.code == 2
    assert ran.err.startswith(said)
    assert "secret-word" not in ran.err


# The database


def test_migrate_makes_the_tables_and_may_be_repeated(bare: Terminal, tmp_path: Path) -> None:
    """On SQLite in the data folder, where nothing else is set."""
    for _ in range(2):
        ran = bare("migrate")
        assert (ran.code, ran.out) == (0, "The database is up to date.\n")

    engine = create_engine(f"sqlite:///{tmp_path / 'data' / 'wardhuddle.db'}")
    assert {"ward", "occurrence", "report"} <= set(inspect(engine).get_table_names())
    engine.dispose()


AWAY = "postgresql://nobody@127.0.0.1:9/none"


@pytest.mark.parametrize(
    "typed",
    [
        ("migrate",),
        ("wards", "list"),
        ("wards", "export"),
        ("wards", "import", str(EXAMPLE)),
        ("export", "--from", "2026-11-23", "--to", "2026-11-23"),
        ("outgoing", "list"),
        ("due",),
        ("preview", "huddle", "--ward", "Rowan", "--on", "2026-11-23"),
        ("run",),
    ],
    ids=" ".join,
)
def test_a_database_that_is_away_is_said_and_ends_with_one(typed: tuple[str, ...], bare: Terminal) -> None:
    """In words, and not as a traceback."""
    ran = bare(*typed, DATABASE_URL=AWAY)

    assert (ran.code, ran.out) == (1, "")
    assert "The database can't be" in ran.err
    assert "DATABASE_URL" in ran.err


def test_a_database_without_tables_leads_to_migrate(bare: Terminal, postgres_server: str) -> None:
    """On either database, the one thing to do is said."""
    for url in ("", postgres_server.format("postgres")):
        ran = bare("wards", "list", DATABASE_URL=url)
        assert ran.code == 1
        assert "bot migrate" in ran.err


# Wards


def test_a_good_file_is_imported_listed_and_exported(terminal: Terminal) -> None:
    """The example file that the handbook names."""
    imported = terminal("wards", "import", str(EXAMPLE))
    listed = terminal("wards", "list", PUBLIC_URL="https://wards.example.nhs.uk/")
    exported = terminal("wards", "export")

    assert imported.out.splitlines() == [
        "5 new, 0 changed or the same: Rowan, Hazel, Birch, Linden, Alder",
        "No managers: Birch, Linden. Whoever first types huddle setup there becomes its manager.",
    ]
    lines = listed.out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["Alder", "Birch", "Hazel", "Linden", "Rowan"]
    assert lines[4] == (
        "Rowan: huddles 07:45, 19:45 (Europe/London); shifts Long day 07:30-20:00, Night 19:30-08:00; "
        "slack C0ROWAN; leaders slack C0LEADERS"
    )
    assert "https://wards.example.nhs.uk/ward/" in lines[0]
    heading = exported.out.splitlines()[0]
    assert heading == ",".join(COLUMNS) and set(EXAMPLE.read_text().splitlines()[0].split(",")) < set(COLUMNS)
    assert (imported.code, listed.code, exported.code) == (0, 0, 0)


def test_what_export_writes_import_takes_and_nothing_changes(terminal: Terminal) -> None:
    """A trust keeps its wards in a spreadsheet."""
    terminal("wards", "import", str(EXAMPLE))
    before = held(terminal)
    file = terminal.folder / "out.csv"
    file.write_text(terminal("wards", "export").out, encoding="utf-8-sig")  # as a spreadsheet saves it

    again = terminal("wards", "import", str(file))

    assert again.out.splitlines()[0] == "0 new, 5 changed or the same: Alder, Birch, Hazel, Linden, Rowan"
    assert held(terminal) == before


def test_a_wrong_file_ends_with_two_names_each_line_and_changes_nothing(terminal: Terminal) -> None:
    """On stderr, a line for each fault."""
    terminal("wards", "import", str(EXAMPLE))
    before = held(terminal)
    text = EXAMPLE.read_text().replace("tuesday", "twosday").replace("SCT,08:00", "SCT,8 o'clock").replace("11:00", "1")
    file = terminal.folder / "wrong.csv"
    file.write_text(text)

    ran = terminal("wards", "import", str(file))

    assert (ran.code, ran.out) == (2, "")
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == [
        "line 2, reminder_time",
        "line 3, digest_day",
        "line 4, huddle_times",
    ]
    assert held(terminal) == before


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "there is no such file"),
        ("wards.xlsx", b"PK\x03\x04\xff\xfe", "it is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(name: str, content: bytes | None, said: str, small: Terminal) -> None:
    """A wrong path, and a spreadsheet that was not saved as CSV."""
    file = small.folder / name
    if content is not None:
        file.write_bytes(content)

    ran = small("wards", "import", str(file))

    assert ran.code == 2
    assert name in ran.err and said in ran.err


def test_a_wards_link_is_printed_and_replaced(terminal: Terminal) -> None:
    """Alone on stdout, for a script; the same until it is replaced."""
    terminal.wards(ward("Rowan", "07:45"), ward("Hazel", "07:45", front="slack"))
    first, again = (terminal("wards", "link", "Hazel", PUBLIC_URL="https://wards.example.nhs.uk/bot/") for _ in "12")
    new = terminal("wards", "link", "Hazel", "--new")

    assert re.fullmatch(r"https://wards\.example\.nhs\.uk/bot/report/[\w-]{32}\n", first.out)
    assert (first.code, first.err, again.out) == (0, "", first.out)
    assert new.code == 0 and "print the ward's posters anew" in new.err
    assert new.out.startswith("http://localhost:8080/report/") and new.out[-33:] != first.out[-33:]
    assert terminal("wards", "link", "Hazel").out == new.out
    assert terminal("wards", "link", "Rowan").out != new.out


def test_the_link_of_no_ward_changes_nothing(terminal: Terminal) -> None:
    """A mistyped name."""
    terminal.wards(ward("Rowan", "07:45"))
    before = held(terminal)
    for more in ((), ("--new",)):
        ran = terminal("wards", "link", "Rowen", *more)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == "There is no ward “Rowen”; bot wards list shows them\n"
    assert held(terminal) == before


# What is due


def test_due_as_json_has_exactly_the_agreed_fields_with_an_offset(terminal: Terminal) -> None:
    """The ward's own local time, whatever offset was asked with."""
    terminal.wards(ward("Rowan", "07:45;19:45"), ward("Kochi", "12:15", zone="Asia/Kolkata"))
    asked = at("07:45")

    found = terminal("due", "--at", asked, "--json").json

    london = {"ward": "Rowan", "kind": "huddle", "slot": "07:45", "due_at": asked, "state": "due"}
    assert [one for one in found if one["ward"] == "Rowan"] == [london]
    assert list(found[0]) == ["ward", "kind", "slot", "due_at", "state"]
    kochi = terminal("due", "--at", at("12:15", "Asia/Kolkata"), "--json").json
    assert {
        "ward": "Kochi",
        "kind": "huddle",
        "slot": "12:15",
        "due_at": f"{DAY}T12:15:00+05:30",
        "state": "due",
    } in kochi


def test_due_without_send_changes_nothing(terminal: Terminal) -> None:
    """Looking is free: not even the schedules move."""
    terminal.wards(ward("Rowan", "07:45"))
    before = held(terminal)

    assert terminal("due", "--at", at("07:45")).out == f"{at('07:45')}  due       Rowan  huddle 07:45\n"
    terminal("due", "--at", at("07:45"), "--all", "--json")

    assert held(terminal) == before


def test_send_sends_it_once_and_then_nothing_is_due(terminal: Terminal) -> None:
    """A browser ward's prompt is on its page; `--all` says that it was sent."""
    terminal.wards(ward("Rowan", "07:45"))
    asked = at("07:46")

    sent = terminal("due", "--at", asked, "--send")
    page = held(terminal)["pagemessage"]
    terminal("due", "--at", asked, "--send")

    assert (sent.code, sent.out) == (0, "Nothing is due.\n")
    assert terminal("due", "--at", asked, "--json").json == []
    rows = terminal("due", "--at", asked, "--all", "--json").json
    assert [one["state"] for one in rows if one["due_at"] == at("07:45")] == ["sent"]
    assert held(terminal)["pagemessage"] == page
    assert len([one for one in page if "huddle_prompt" in str(one)]) == 1


def test_all_shows_what_came_too_late_as_expired(small: Terminal) -> None:
    """A prompt that helps nobody any more is not sent, and not hidden."""
    small.wards(ward("Rowan", "07:45"))
    asked = at("10:30")

    assert small("due", "--at", asked, "--json").json == []
    rows = small("due", "--at", asked, "--all", "--json").json
    assert [one["state"] for one in rows if one["due_at"] == at("07:45")] == ["expired"]


def test_what_the_day_had_no_room_for_is_said_with_its_reason(small: Terminal) -> None:
    """Without `--all` too; and a digest that waits says until when."""
    file = small.folder / "quiet.csv"
    weekday = f"{DAY:%A}".lower()
    where = "Rowan,dementia,browser,,,,Europe/London,ENG"
    file.write_text(f"{HEADING},most_posts\n{where},07:45;19:45,11:00,{weekday},12:00,2\n")
    assert small("wards", "import", str(file)).code == 0

    small("due", "--at", at("07:45"), "--send")
    rows = small("due", "--at", at("12:05"), "--json").json
    ran = small("due", "--at", at("12:05"))
    later = small("due", "--at", at("12:05"), "--all", "--json").json

    today = [one for one in rows if one["due_at"].startswith(str(DAY))]
    assert {one["kind"]: one["state"] for one in today} == {"reminder": "dropped", "digest": "due"}
    reason = "the ward wants no more posts on one day, and more important ones take its place"
    assert {one["kind"]: one["reason"] for one in today} == {
        "reminder": reason,
        "digest": f"waits until {DAY + timedelta(days=1):%a} {(DAY + timedelta(days=1)).day} "
        f"{DAY + timedelta(days=1):%b} 12:00: {reason}",
    }
    assert f"dropped   Rowan  reminder 11:00: {reason}\n" in ran.out
    assert "reason" not in next(one for one in later if one["due_at"] == at("07:45")), "it was sent"


def test_with_no_wards_nothing_is_due(small: Terminal) -> None:
    """In words, and as an empty list."""
    assert small("due").out == "Nothing is due.\n"
    assert small("due", "--json").json == []


@pytest.mark.parametrize("typed", ["yesterday", "2026-11-24", "2026-11-24T07:45", "2026-13-01T00:00Z", "07:45"])
def test_an_instant_that_is_none_or_has_no_offset_ends_with_two(typed: str, small: Terminal) -> None:
    """A time without an offset would mean one thing in winter and another in summer."""
    ran = small("due", "--at", typed)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"--at: “{typed}” ")


# What would be posted

LEADERLESS = {("Alder", "leaders_digest"), ("Birch", "leaders_digest")}


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name in ("Rowan", "Alder", "Birch") for kind in KINDS if (name, kind) not in LEADERLESS],
)
def test_a_preview_shows_each_prompt_and_changes_nothing(kind: str, name: str, terminal: Terminal) -> None:
    """For a Slack ward, a browser ward, and one without leaders."""
    terminal("wards", "import", str(EXAMPLE))
    before = held(terminal)

    ran = terminal("preview", kind, "--ward", name, "--on", str(DAY))

    assert (ran.code, ran.err) == (0, "")
    assert len(ran.out.splitlines()) > 2
    assert held(terminal) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_as_json_is_the_fronts_own_payload(kind: str, small: Terminal) -> None:
    """Block Kit for Slack, the message's tree for the browser; the ward's own front if none is named."""
    small("wards", "import", str(EXAMPLE))
    asked = ("preview", kind, "--ward", "Rowan", "--on", str(DAY), "--json")

    slack = small(*asked, "--front", "slack").json
    browser = small(*asked, "--front", "browser").json

    assert set(slack) == {"text", "blocks"} and slack["text"]
    assert {block["type"] for block in slack["blocks"]} <= {
        "header", "section", "actions", "context", "divider", "image", "rich_text", "data_visualization"
    }  # fmt: skip
    assert browser["kind"] and browser["summary"] and browser["parts"]
    assert small(*asked).json == slack


def test_a_previewed_reminder_is_the_one_that_is_sent(small: Terminal) -> None:
    """Exactly what would be posted."""
    small.wards(ward("Rowan", "07:45").replace("11:00", "09:00"))

    shown = small("preview", "reminder", "--ward", "Rowan", "--on", str(DAY)).out
    small("due", "--at", at("09:00"), "--send")

    [sent] = [str(one) for one in held(small)["pagemessage"] if "reminder" in str(one)]
    assert shown.splitlines()[2][:60].replace('"', "") in sent.replace("\\", "").replace('"', "")  # JSON escapes quotes


WHY = {
    "reminder": (
        r"Band: prevention, 0 of the last 0; its share is 70%\.\n"
        r"Topic: [a-z-]+, 0 of the last 0 in this band; it is its turn\.\n"
        r"Item: [a-z-]+-\d{3}, not seen here yet\.\n"
    ),
    "scenario": r"The ward has not had it yet\.\n",
}
"""Of a ward that has had nothing."""


@pytest.mark.parametrize("kind", WHY)
def test_a_preview_says_why_it_is_this_one(kind: str, terminal: Terminal) -> None:
    """Below the message; without --why, the message alone."""
    terminal.wards(ward("Rowan", "07:45"))
    before = held(terminal)
    asked = ("preview", kind, "--ward", "Rowan", "--on", str(DAY))

    plain, explained = terminal(*asked), terminal(*asked, "--why")

    assert (explained.code, explained.err) == (0, "")
    assert explained.out.startswith(plain.out)
    assert re.fullmatch(rf"\n{WHY[kind]}", explained.out.removeprefix(plain.out))
    assert held(terminal) == before


@pytest.mark.parametrize("kind", WHY)
def test_a_preview_as_json_says_why_beside_the_payload(kind: str, small: Terminal) -> None:
    """The payload alone on stdout, for a script; the reasons on stderr, for whoever looks."""
    small.wards(ward("Rowan", "07:45", front="slack"))
    asked = ("preview", kind, "--ward", "Rowan", "--on", str(DAY), "--json")

    explained = small(*asked, "--why")

    assert explained.json == small(*asked).json
    assert re.fullmatch(rf"\n{WHY[kind]}", explained.err)


@pytest.mark.parametrize("kind", ["huddle", "digest", "leaders_digest"])
def test_why_is_said_only_of_what_is_chosen(kind: str, small: Terminal) -> None:
    """A huddle is not chosen: its time of day says which it is."""
    small("wards", "import", str(EXAMPLE))

    ran = small("preview", kind, "--ward", "Rowan", "--on", str(DAY), "--why")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "--why: only reminder and scenario are chosen from the library\n"


def test_of_what_was_sent_already_no_other_reasons_are_made_up(small: Terminal) -> None:
    """What is shown is what was sent, and not the next."""
    small.wards(ward("Rowan", "07:45").replace("11:00", "09:00"))
    asked = ("preview", "reminder", "--ward", "Rowan", "--on", str(DAY), "--why")
    [item] = re.findall(r"^Item: (\S+), not seen here yet", small(*asked).out, re.MULTILINE)
    small("due", "--at", at("09:00"), "--send")

    ran = small(*asked)

    assert ran.out.endswith(f"\n\nItem: {item}, chosen already when it was sent.\n")
    assert "Band:" not in ran.out


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "newsletter"}, "“newsletter” is none of huddle, reminder, scenario, digest, leaders_digest"),
        ({"ward": "Rowen"}, "--ward: there is no ward “Rowen”; bot wards list shows them"),
        ({"on": "tomorrow"}, "--on: “tomorrow” is not a date; write it like 2026-11-23"),
        ({"on": "2126-11-23"}, "--on: nothing can be made for 2126-11-23: No reminder in the library fits"),
        (
            {"on": "2126-11-23", "kind": "scenario"},
            "--on: nothing can be made for 2126-11-23: No scene in the library fits",
        ),
        (
            {"on": "2126-11-23", "kind": "huddle"},
            "--on: nothing can be made for 2126-11-23: No huddle set is in review on 2126-11-23",
        ),
        ({"front": "fax"}, "--front: “fax” is none of slack, teams and browser"),
        ({"kind": "leaders_digest", "ward": "Birch"}, "--ward: “Birch” has no leaders' channel"),
    ],
    ids=lambda found: str(found)[:20],
)
def test_a_preview_of_what_there_is_not_ends_with_two(changes: dict[str, str], said: str, small: Terminal) -> None:
    """Each of its parts is named."""
    small("wards", "import", str(EXAMPLE))
    typed = {"kind": "reminder", "ward": "Rowan", "on": str(DAY), "front": "slack"} | changes

    ran = small(
        "preview", typed["kind"], "--ward", typed["ward"], "--on", typed["on"], "--front", typed["front"], "--json"
    )

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(said)


# Content


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A trust's folder (a whole copy of the library) with one item of the wrong shape, and one file that is no YAML."""
    folder = tmp_path / "broken"
    shutil.copytree(BUILT_IN_CONTENT, folder)
    file = folder / "reminders" / "communication.yaml"
    text = file.read_text(encoding="utf-8")
    assert "id: communication-001" in text
    file.write_text(text.replace("topic: communication", "topic: gossip", 1), encoding="utf-8")
    (folder / "scenarios" / "talking.yaml").write_text("- id: [never closed\n")
    return folder


IN_REVIEW = ("--on", "2026-12-01")


def test_content_check_counts_what_is_there(bare: Terminal) -> None:
    """The built-in library is sound; no database is needed."""
    ran = bare("content", "check", *IN_REVIEW)
    as_json = bare("content", "check", *IN_REVIEW, "--json").json

    assert ran.code == 0
    assert set(as_json) == {"counts", "faults"}
    assert as_json["faults"] == []
    assert as_json["counts"]["reminders"] > 0
    assert f"reminders: {as_json['counts']['reminders']}\n" in ran.out


def test_content_check_names_file_line_and_item_of_each_fault(bare: Terminal, broken: Path) -> None:
    """By the folder given, or by the setting; exit 1. What is sound is counted beside it."""
    for ran in (bare("content", "check", str(broken)), bare("content", "check", CONTENT_DIR=str(broken))):
        assert ran.code == 1
        assert f"{broken}/reminders/communication.yaml:3: communication-001: topic: “gossip” is not one of" in ran.out
        assert f"{broken}/scenarios/talking.yaml:2: is not YAML: " in ran.out
    as_json = bare("content", "check", str(broken), "--json")
    assert as_json.code == 1
    assert as_json.json["counts"]["reminders"] >= 160
    assert as_json.json["faults"] == ran.out.splitlines()


def test_content_check_says_what_a_trusts_own_folder_does(bare: Terminal) -> None:
    """So that an item meant to be added is seen to be, and none is replaced by mistake."""
    (bare.folder / "withdrawn.yaml").write_text("- {id: sensory-002, on: 2026-11-30, why: Not for our wards}\n")

    ran = bare("content", "check", str(bare.folder), *IN_REVIEW)

    assert ran.code == 0, ran.out
    assert ran.out.splitlines()[-3:] == [
        "your own, added: none",
        "your own, replaced: none",
        "your own, withdrawn: sensory-002",
    ]


def test_content_check_names_what_is_due_for_review_by_a_day(bare: Terminal) -> None:
    """So that a year's reviews can be planned."""
    item = next(one for one in built_in("reminders/surroundings.yaml") if one["id"] == "sensory-001")
    due = date.fromisoformat(str(item["review_by"]))
    named = rf"^reminders/surroundings\.yaml:\d+: sensory-001: review was due by {due}$"

    before = bare("content", "check", "--on", str(due))
    ran = bare("content", "check", "--on", str(due + timedelta(days=1)))

    assert not re.search(named, before.out, re.MULTILINE)
    assert ran.code == 1
    assert re.search(named, ran.out, re.MULTILINE)
    assert bare("content", "check", "--on", "tomorrow").code == 2


def test_content_check_of_a_folder_that_is_not_there_fails(bare: Terminal) -> None:
    """Exit 1, and the service doesn't start either: what it withdraws would be sent."""
    nowhere = str(bare.folder / "nowhere")

    ran, started = bare("content", "check", nowhere), bare.run("run", CONTENT_DIR=nowhere, PORT=str(free_port()))

    assert (ran.code, ran.out) == (1, f"{nowhere}: is not a folder\n")
    assert (started.code, started.out) == (2, "")
    assert f"{nowhere}: is not a folder" in started.err
    assert "Traceback" not in started.err


# Check


def test_check_of_a_good_house_ends_with_nought(terminal: Terminal) -> None:
    """A line for each part, all of them in order; nothing is changed."""
    before = held(terminal)

    ran = terminal("check")

    assert ran.code == 0, ran.out
    assert all(line.startswith("ok    ") for line in ran.out.splitlines())
    assert [line[6:].partition(":")[0] for line in ran.out.splitlines()] == [
        "secret key",
        "public address",
        "small numbers",
        "database",
        "content",
        "slack",
        "teams",
        "webhook",
    ]
    assert held(terminal) == before


def test_check_says_that_migrations_are_wanted(bare: Terminal) -> None:
    """A database that is reached and has no tables."""
    ran = bare("check")

    assert ran.code == 1
    assert "FAIL  database: reached; run: bot migrate" in ran.out


def test_check_names_file_and_item_of_broken_content(small: Terminal, broken: Path) -> None:
    """Beside the lines that are well."""
    ran = small("check", CONTENT_DIR=str(broken))

    assert ran.code == 1
    assert "ok    database: reached, up to date" in ran.out
    assert "FAIL  content: " in ran.out
    assert f"FAIL  content: {broken}/reminders/communication.yaml:3: communication-001: topic: " in ran.out
    counted = (
        r"^ok    content: \d+ reminders, .*; not sent: 0 past review, 0 withdrawn; \d+ more to be reviewed in 60 days$"
    )
    assert re.search(counted, ran.out, re.MULTILINE)


def test_check_says_how_many_items_are_not_sent(small: Terminal, tmp_path: Path) -> None:
    """Past review or withdrawn: neither is a fault of the house."""
    own = tmp_path / "own"
    (own / "reminders").mkdir(parents=True)
    (own / "withdrawn.yaml").write_text("- {id: sensory-002, on: 2026-11-30, why: Not for our wards}\n")
    item = next(one for one in built_in("reminders/surroundings.yaml") if one["id"] == "environment-001")
    late = {**item, "written_on": "2025-01-01", "review_by": "2026-01-01", "version": "9"}
    (own / "reminders" / "ours.yaml").write_text(yaml.safe_dump([late]))

    ran = small("check", CONTENT_DIR=str(own))

    assert ran.code == 0, ran.out
    assert "; not sent: 1 past review, 1 withdrawn; " in ran.out


def test_check_says_how_much_is_to_be_reviewed_soon(small: Terminal, tmp_path: Path) -> None:
    """Two months are enough to have it read; what is overdue already is counted by itself."""
    item = next(one for one in built_in("reminders/surroundings.yaml") if one["id"] == "environment-001")
    today = date.today()
    for number, days in enumerate((-1, 0, 59, 60), 900):
        own = {**item, "id": f"environment-{number}", "text": f"{item['text']} {number}", "written_on": "2025-01-01"}
        (tmp_path / "own" / "reminders").mkdir(parents=True, exist_ok=True)
        (tmp_path / "own" / "reminders" / f"{number}.yaml").write_text(
            yaml.safe_dump([{**own, "review_by": str(today + timedelta(days=days))}])
        )

    before, ran = small("check"), small("check", CONTENT_DIR=str(tmp_path / "own"))

    def of(out: str, after: str) -> int:
        return int(re.search(rf"(\d+) {after}", out)[1])  # type: ignore[index]

    for after, more in (("past review", 1), ("more to be reviewed in 60 days", 2)):
        assert of(ran.out, after) == of(before.out, after) + more


def test_check_fails_where_no_reminder_is_left_to_send(small: Terminal, tmp_path: Path) -> None:
    """All past review: the service runs, and has nothing to say."""
    for file in sorted((BUILT_IN_CONTENT / "reminders").glob("*.yaml")):
        (tmp_path / "late" / "reminders").mkdir(parents=True, exist_ok=True)
        past = {"written_on": "2025-01-01", "review_by": "2026-01-01", "version": "9"}
        late = [{**one, **past} for one in built_in(f"reminders/{file.name}")]
        (tmp_path / "late" / "reminders" / file.name).write_text(yaml.safe_dump(late))

    ran = small("check", CONTENT_DIR=str(tmp_path / "late"))

    assert ran.code == 1
    assert "ok    content: 160 reminders, " in ran.out and "; not sent: 160 past review, " in ran.out
    for words in ("prevention: 0 reminders of this band fit acute wards, should be 14", "intervention: 0 reminders"):
        assert f"FAIL  content: reminders/: {words}" in ran.out


def built_in(file: str) -> list[dict[str, object]]:
    """The items of a file of the built-in library, every value as it is written."""
    found: list[dict[str, object]] = yaml.load((BUILT_IN_CONTENT / file).read_text(), yaml.BaseLoader)
    return found


def test_check_says_that_the_database_is_away(bare: Terminal) -> None:
    """And still checks the rest; the address, which holds a password, is not shown."""
    ran = bare("check", DATABASE_URL=AWAY.replace("nobody", "nobody:secret-word"))

    assert ran.code == 1
    assert "FAIL  database: can't be reached: see DATABASE_URL" in ran.out
    assert "ok    content" in ran.out
    assert "secret-word" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("without", "given", "code", "said"),
    [
        ("", {}, 0, "ok    slack scopes: all there"),
        ("files:write", {}, 1, "FAIL  slack scopes: add files:write to the app, then install it again"),
        ("", {"SLACK_BOT_TOKEN": "xoxb-wrong"}, 1, "FAIL  slack bot token: Slack answers invalid_auth"),
        ("", {"SLACK_APP_TOKEN": "xapp-wrong"}, 1, "FAIL  slack app token: Slack answers invalid_auth"),
        ("", {"SLACK_APP_TOKEN": ""}, 1, "FAIL  slack way in: set SLACK_APP_TOKEN"),
    ],
)
async def test_check_tries_slack(without: str, given: dict[str, str], code: int, said: str, small: Terminal) -> None:
    """Against the stand-in: tokens, scopes, and the way in. No token is ever shown."""
    async with Workspace() as workspace:
        workspace.scopes -= {without}
        tokens = {
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_APP_TOKEN": workspace.app_token,
        }
        ran = await asyncio.to_thread(small, "check", **tokens | given)

    assert ran.code == code, ran.out
    assert said in ran.out
    assert "xoxb-" not in ran.out + ran.err and "xapp-" not in ran.out + ran.err


# The manifest


def test_the_manifest_is_json_for_socket_mode_or_for_an_address(bare: Terminal) -> None:
    """Nothing else on stdout, so that it can be piped or pasted whole."""
    by_socket = bare("manifest", "slack").json
    by_http = bare("manifest", "slack", "--url", "https://wards.example.nhs.uk/").json

    assert by_socket["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in json.dumps(by_socket)
    assert by_http["settings"]["socket_mode_enabled"] is False
    assert {command["url"] for command in by_http["features"]["slash_commands"]} == {
        "https://wards.example.nhs.uk/slack/events"
    }


# What keeps running


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def until_up(port: int, path: str = "/readyz") -> httpx.Response:
    """What the service answers once it is ready."""
    ends = time.monotonic() + 20
    while True:
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}{path}")
            if answer.status_code == 200 or time.monotonic() > ends:
                return answer
        except httpx.TransportError:
            assert time.monotonic() < ends, "the service never listened"
        time.sleep(0.05)


@pytest.mark.parametrize(("only", "parts"), [("", {"database", "scheduler"}), ("web", {"database"})])
def test_the_service_migrates_answers_and_stops_when_told(only: str, parts: set[str], bare: Terminal) -> None:
    """From an empty folder to ready; SIGTERM ends it cleanly, as a supervisor expects."""
    port = free_port()
    process = bare.start("run", *(["--only", only] if only else []), PORT=str(port), HOST="127.0.0.1")
    try:
        ready = until_up(port)
        assert (ready.status_code, set(ready.json())) == (200, parts)
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").text == "alive"
        assert "We can't find this page" in httpx.get(f"http://127.0.0.1:{port}/ward/nowhere").text.replace(
            "&#39;", "'"
        )
        assert "wardhuddle_wards_paused 0.0" in httpx.get(f"http://127.0.0.1:{port}/metrics").text
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert "Traceback" not in out + err and "ERROR" not in err
    assert process.returncode == 0


def test_the_service_runs_without_broken_items_and_logs_which(bare: Terminal, broken: Path) -> None:
    """By id, and not a word of what they say."""
    port = free_port()
    process = bare.start("run", PORT=str(port), HOST="127.0.0.1", CONTENT_DIR=str(broken), LOG_FORMAT="json")
    try:
        assert until_up(port).status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=10)
    [left_out] = [line for line in err.splitlines() if "content_left_out" in line]
    assert json.loads(left_out)["items"] == [f"{broken}/scenarios/talking.yaml", "communication-001"]
    assert json.loads(left_out)["count"] == 2
    assert "gossip" not in err


def test_a_worker_alone_serves_health_and_no_pages(bare: Terminal) -> None:
    """`--only worker`: the clock that sends, and nothing that people could reach."""
    port = free_port()
    process = bare.start("run", "--only", "worker", PORT=str(port), HOST="127.0.0.1")
    try:
        assert set(until_up(port).json()) == {"database", "scheduler"}
        assert "We can't find this page" not in httpx.get(f"http://127.0.0.1:{port}/ward/nowhere").text
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)


def test_try_says_that_its_port_is_in_use_and_which_to_take(bare: Terminal) -> None:
    """Before it makes anything."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = bare("try", "--no-open", "--port", str(port), "--data", str(bare.folder / "try"))

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"Port {port} is in use: bot try --port {port + 1}\n"
    assert not list(bare.folder.iterdir())
