"""The commands for what comes in and goes out, from outside; and docs/integrations.md, whose examples must work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime, timedelta
import json
import os
from pathlib import Path
import re
import shutil
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.handlers.incidents_csv import COLUMNS as INCIDENT_COLUMNS
from bot.handlers.wards_csv import import_wards
from bot.privacy.export import COUNTED, KINDS
from bot.schedule.outgoing import signed
from bot.settings import Settings
from bot.store import outgoing
from bot.store.database import Session, Store
from bot.store.incidents import INTERVENTIONS, counts_of
from bot.store.outgoing import LFPSE, body_of
from bot.store.reports import save_report
from bot.store.tables import Outgoing, Report, Ward
from bot.store.wards import ward_named
from tests.stories.conftest import COLUMNS, TIMES

GUIDE = (Path(__file__).parents[1] / "docs" / "integrations.md").read_text(encoding="utf-8")
DAY = date(2025, 3, 4)
HOOK = {"WEBHOOK_URL": "https://trust.example/in?key=of-the-address", "WEBHOOK_SECRET": "a-secret-of-the-webhook"}


class Terminal:
    """A terminal in an empty folder, over a database with the ward Rowan."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.url = Settings(_env_file=None, database_url=environment["DATABASE_URL"]).sqlalchemy_url

    def __call__(self, *words: str, **environment: str) -> tuple[int, str, str]:
        """Run a command: its exit code, what it printed, and what it said on stderr."""
        result = CliRunner().invoke(app, list(words), env=self.environment | environment)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    def work(self, work: Callable[[Session], Coroutine[Any, Any, Any]]) -> Any:
        """Do something in the database."""

        async def done() -> Any:
            store = Store(self.url)
            async with store() as session:
                found = await work(session)
            await store.close()
            return found

        return asyncio.run(done())


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path) -> Terminal:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in {name.upper() for name in Settings.model_fields} & os.environ.keys():
        monkeypatch.delenv(name)
    shutil.copy(sqlite_template, tmp_path / "exchange.db")
    terminal = Terminal({"DATABASE_URL": f"sqlite:///{tmp_path / 'exchange.db'}", "SECRET_KEY": "a-secret-for-tests"})
    rowan = f"{COLUMNS}\nRowan,acute,browser,,,,{TIMES},\n"
    terminal.work(lambda session: import_wards(session, rowan, "a-secret-for-tests", datetime.now(UTC)))
    return terminal


def report(ward: Ward, number: int, **changes: Any) -> Report:
    """A report of a week in March 2025."""
    values: dict[str, Any] = {
        "id": f"report-{number}",
        "kind": "near_miss",
        "day": DAY,
        "shift_band": "evening",
        "area": "lounge",
        "building": ["noise"],
        "helped": ["space"],
        "level": "de_escalation",
        "recorded": "not_yet",
        "line": "=tea, later",
        "reporter": "slack:U0NURSE",
    }
    return Report(ward_id=ward.key, **values | changes)


def told(terminal: Terminal, number: int, **changes: Any) -> None:
    """Save as many reports, with their calls."""

    async def save(session: Session) -> None:
        ward = await ward_named(session, "Rowan")
        assert ward
        for one in range(number):
            made = report(ward, one, **changes)
            await save_report(session, made)
            await outgoing.queue(session, made, ward, datetime(2025, 3, 4, 20, tzinfo=UTC))

    terminal.work(save)


def example(language: str, number: int = 0) -> str:
    """A block of the guide."""
    return re.findall(rf"```{language}\n(.+?)```", GUIDE, re.DOTALL)[number]


# Counts in


def test_the_example_file_is_imported_and_may_be_imported_again(terminal: Terminal) -> None:
    Path("incidents.csv").write_text(example("csv"), encoding="utf-8-sig")

    first, again = (terminal("import-incidents", "incidents.csv") for _ in range(2))

    assert first == (
        0,
        "Rows: 6 (6 new, 0 changed, 0 the same)\nWards: 1 (Rowan)\nWeeks: 2 (from Monday 2025-03-03 to 2025-03-10)\n",
        "",
    )
    assert again[1].startswith("Rows: 6 (0 new, 0 changed, 6 the same)\n")
    kept = terminal.work(
        lambda session: counts_of(session, [1], DAY - timedelta(days=9), DAY, ["rapid_tranquillisation"])
    )
    assert list(kept.values()) == [1]


def test_a_wrong_file_ends_with_two_and_changes_nothing(terminal: Terminal) -> None:
    """Every fault on stderr, a line for each; also a date that is still to come, by the clock of the machine."""
    soon = datetime.now(UTC).date() + timedelta(days=8)
    Path("wrong.csv").write_bytes(f"ward,week,kind,count\r\nRowan,{soon},prone,1\r\nRowan,2025-03-03,01,x\r\n".encode())

    code, out, err = terminal("import-incidents", "wrong.csv")

    assert (code, out) == (2, "")
    assert [line.partition(": ")[0] for line in err.splitlines()] == ["line 2, week", "line 3, count"]
    assert terminal.work(lambda session: counts_of(session, [1], DAY, soon)) == {}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "there is no such file; is its name right"),
        ("counts.xlsx", b"PK\x03\x04\xff\xfe", "it is not UTF-8 text; in Excel choose Save As and CSV UTF-8"),
        ("large.csv", b"ward,week,kind,count\n" * 500_000, "it is larger than 10 MB; give it in parts"),
        (".", None, "this is a folder; name the CSV file in it"),
        ("empty.csv", b"", "the file is empty; its first line must name the columns ward, week, kind and count"),
    ],
    ids=["missing", "a workbook", "too large", "a folder", "empty"],
)
def test_a_file_that_cannot_be_read_is_refused(name: str, content: bytes | None, said: str, terminal: Terminal) -> None:
    """In words, with what to do; the wards' file too, in the same words for the same fault."""
    if content is not None:
        Path(name).write_bytes(content)

    code, out, err = terminal("import-incidents", name)
    assert (code, out) == (2, "")
    assert said in err
    if content:
        assert terminal("wards", "import", name) == (code, out, err)


def test_the_guide_has_every_kind_with_its_code() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d\d) \|$", GUIDE, re.MULTILINE))

    assert rows == {kind: code for kind, code in INTERVENTIONS.items() if code}
    [by_name] = re.findall(r"^\| (.+) \| by name \|$", GUIDE, re.MULTILINE)
    assert re.findall(r"`(\w+)`", by_name) == [kind for kind, code in INTERVENTIONS.items() if not code]
    assert all(f"| `{column}` | " in GUIDE for column in INCIDENT_COLUMNS)


# Reports out


@pytest.mark.parametrize(
    ("number", "deployment", "shown"),
    [
        (3, {}, "under 5"),
        (3, {"FEWEST_SHOWN": "3"}, "3"),
        (9, {}, "9"),
        (9, {"FEWEST_SHOWN": "10"}, "under 10"),
    ],
)
def test_an_export_has_counts_of_whole_weeks_and_small_ones_are_not_shown(
    number: int, deployment: dict[str, str], shown: str, terminal: Terminal
) -> None:
    """On stdout, and nothing else there; a deployment says what is small."""
    told(terminal, number)

    code, out, err = terminal("export", "--from", "2025-03-05", "--to", "2025-03-10", **deployment)

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "ward,week,kind,count",
        f"Rowan,2025-03-03,near_miss,{shown}",
        "Rowan,2025-03-03,success,0",
        "Rowan,2025-03-03,restrictive,0",
        "Rowan,2025-03-10,near_miss,0",
        "Rowan,2025-03-10,success,0",
        "Rowan,2025-03-10,restrictive,0",
    ]
    assert f"(`{','.join(COUNTED)}`)" in GUIDE


def test_the_guides_export_writes_its_file(terminal: Terminal) -> None:
    """Of one kind, too."""
    told(terminal, 7)
    first, second = re.findall(r"^bot (export .+)$", example("sh", 1), re.MULTILINE)

    assert terminal(*first.split()) == (0, "Written to march.csv\n", "")
    assert "Rowan,2025-03-03,near_miss,7\n" in Path("march.csv").read_text()
    rows = terminal(*second.split())[1].splitlines()[1:]
    assert {row.split(",")[2] for row in rows} == {"near_miss"} and len(rows) == 4


def test_single_reports_name_nobody_and_have_their_text_only_where_it_is_asked_for(terminal: Terminal) -> None:
    asked = ("export", "--from", "2025-03-04", "--to", "2025-03-04", "--rows")
    told(terminal, 1)

    plain, with_text = terminal(*asked)[1], terminal(*asked, "--with-text")[1]

    assert plain.splitlines()[1] == "Rowan,2025-03-04,near_miss,evening,lounge,noise,space,de_escalation,,,,not_yet,no"
    assert with_text.splitlines()[1] == plain.splitlines()[1] + ',"\'=tea, later",'
    assert "U0NURSE" not in with_text and "report-0" not in with_text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "3 March", "--to", "2025-03-04"), "--from: “3 March” is not a date; write it like 2026-11-23"),
        (("--from", "2025-03-04", "--to", "2025-02-30"), "--to: “2025-02-30” is not a date"),
        (("--from", "2025-03-04", "--to", "2025-03-03"), "--to: 2025-03-03 is before --from 2025-03-04"),
        (
            ("--from", "2025-03-03", "--to", "2025-03-04", "--kind", "story"),
            f"--kind: “story” is none of {', '.join(KINDS)}",
        ),
        (("--from", "2025-03-03", "--to", "2025-03-04", "--with-text"), "--with-text: counts have no text; add --rows"),
        (
            ("--from", "2025-03-03", "--to", "2025-03-04", "--out", "no/such/folder.csv"),
            "--out: no/such/folder.csv: No such",
        ),
    ],
)
def test_an_export_of_what_there_is_not_ends_with_two(words: tuple[str, ...], said: str, terminal: Terminal) -> None:
    code, out, err = terminal("export", *words)

    assert (code, out) == (2, "")
    assert err.startswith(said)


def test_the_help_says_why_text_is_left_out(terminal: Terminal) -> None:
    assert "information governance" in re.sub(r"[\s│]+", " ", terminal("export", "--help")[1])


# Calls


def dead(terminal: Terminal) -> None:
    """Let every call have been given up."""

    async def give_up(session: Session) -> None:
        for number in range(2):
            call = await session.get(Outgoing, f"report-{number}")
            assert call
            call.state, call.attempts, call.problem = "dead", 1, "http_401"

    terminal.work(give_up)


def test_calls_are_listed_without_what_they_say_and_replayed(terminal: Terminal) -> None:
    told(terminal, 2)
    waiting = terminal("outgoing", "list")[1]
    dead(terminal)

    code, given_up, err = terminal("outgoing", "list")
    one = terminal("outgoing", "replay", "report-1")
    every = terminal("outgoing", "replay", "--all")

    assert waiting.splitlines() == [
        f"report-{number}  due   tried 0  next try 2025-03-04 20:00 UTC" for number in range(2)
    ]
    assert (code, err) == (0, "")
    assert given_up.splitlines() == [f"report-{number}  dead  tried 1  given up  http_401" for number in range(2)]
    assert one == every == (0, "To be made again: 1\n", "")
    assert "  due   tried 0  next try " in terminal("outgoing", "list")[1]


def test_nothing_to_list_is_said(terminal: Terminal) -> None:
    assert terminal("outgoing", "list")[1].startswith("There is no call")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Which? Name one ID"),
        (("report-0", "--all"), "Which? Name one ID"),
        (("nonsense",), "“nonsense” is no call that"),
    ],
)
def test_a_replay_of_nothing_ends_with_two(words: tuple[str, ...], said: str, terminal: Terminal) -> None:
    code, out, err = terminal("outgoing", "replay", *words)

    assert (code, out) == (2, "")
    assert err.startswith(said)


def test_check_says_whether_calls_were_given_up_and_never_the_address(terminal: Terminal) -> None:
    """Which may hold a key."""
    told(terminal, 2)
    well = terminal("check", **HOOK)
    dead(terminal)
    ill = terminal("check", **HOOK)

    assert "ok    webhook: calls to trust.example: none given up\n" in well[1]
    assert "FAIL  webhook: calls to trust.example: 2 given up: bot outgoing list says why" in ill[1]
    assert (well[0], ill[0]) == (0, 1)
    assert "of-the-address" not in well[1] + ill[1]
    assert "ok    webhook: not set up (WEBHOOK_URL)\n" in terminal("check")[1]


# The guide's word about calls


def test_the_guides_receiver_believes_our_calls_and_no_other() -> None:
    """Nor one whose body, time, secret or signature was changed, nor an old one that somebody sends anew."""
    guide: dict[str, Any] = {}
    exec(example("python"), guide)
    believes, now = guide["is_from_wardhuddle"], datetime(2025, 3, 4, 20, tzinfo=UTC)
    body = '{"ward": "Żółw"}'.encode()
    headers = signed("a-secret-of-the-webhook", body, "report-1", now)
    later = signed("a-secret-of-the-webhook", body, "report-1", now + timedelta(seconds=1))

    assert believes("a-secret-of-the-webhook", headers, body, now.timestamp())
    assert believes("a-secret-of-the-webhook", headers, body, now.timestamp() + 299)
    assert not believes("a-secret-of-the-webhook", headers, body, now.timestamp() + 301)
    assert not believes("a-secret-of-the-webhook", headers, body)
    assert not believes("another-secret", headers, body, now.timestamp())
    assert not believes("a-secret-of-the-webhook", headers, body + b" ", now.timestamp())
    stamped = headers | {"X-Wardhuddle-Timestamp": later["X-Wardhuddle-Timestamp"]}
    assert not believes("a-secret-of-the-webhook", stamped, body, now.timestamp())

    lower = {name.lower(): value for name, value in headers.items()}
    assert believes("a-secret-of-the-webhook", lower, body, now.timestamp()), "as many servers hand headers on"
    bad = ({"X-Wardhuddle-Timestamp": "soon"}, {"X-Wardhuddle-Timestamp": "1²"}, {"X-Wardhuddle-Signature": "Żółw"})
    for broken in ({}, *(headers | one for one in bad)):
        assert believes("a-secret-of-the-webhook", broken, body, now.timestamp()) is False


def test_the_guides_body_has_the_fields_of_ours_and_each_is_explained() -> None:
    ward = Ward(id=1, name="Rowan")
    shown = json.loads(example("json"))
    ours = json.loads(
        body_of(
            report(ward, 1, building=["noise", "waiting"], helped=["listening", "space"], used=[], id=shown["id"]), ward
        )
    )

    assert shown == ours
    assert list(shown) == list(ours)
    table = GUIDE.partition("| Field | What it is |")[2].partition("\n\n")[0]
    named = [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert named == list(ours)


def test_the_guides_table_of_event_types_is_ours() -> None:
    rows = re.findall(r"^\| .+\(`(\w+)`\) \| (?:`(\w+)`|none) \|", GUIDE, re.MULTILINE)

    assert {kind: event or None for kind, event in rows} == LFPSE
    assert set(LFPSE) == set(KINDS)


def test_a_try_out_tells_nobody(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reports are invented."""
    tried: list[Settings] = []

    async def serve(given: Settings, _ready: object) -> None:
        tried.append(given)

    monkeypatch.setattr("bot.sample.serve", serve)
    assert terminal("try", "--no-open", "--port", "8765", **HOOK)[0] == 0
    assert not tried[0].has_webhook
