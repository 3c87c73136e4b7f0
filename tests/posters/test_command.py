"""`bot poster` from outside: what it writes, what it says, and its exit codes."""

from __future__ import annotations

from collections.abc import Callable
import io
import os
from pathlib import Path
import re
import shutil

from PIL import Image
import pypdfium2
import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.prompts.library import Library

HEADING = (
    "name,specialty,front,workspace,channel,leaders_channel,timezone,nation,"
    "huddle_times,reminder_time,digest_day,digest_time"
)
WARDS = f"""{HEADING}
Rowan,dementia,browser,,rowan,,Europe/London,ENG,07:45,11:00,tuesday,09:00
Alder,acute,slack,T1,C1,,Europe/London,ENG,07:45,11:00,tuesday,09:00
"""
PUBLIC = "https://wardhuddle.example.nhs.uk"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path) -> Run:
    """Runs a command in an empty folder that has two wards in its database."""
    database = tmp_path / "wards.db"
    shutil.copy(sqlite_template, database)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in [
        name for name in os.environ if name.startswith(("SLACK_", "TEAMS_")) or name in ("PUBLIC_URL", "CONTENT_DIR")
    ]:
        monkeypatch.delenv(name)

    def runs(*arguments: str, **environment: str) -> tuple[int, str, str]:
        given = {"DATABASE_URL": f"sqlite:///{database}", "SECRET_KEY": "a-secret-for-tests", **environment}
        result = CliRunner().invoke(app, list(arguments), env=given)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    (folder / "wards.csv").write_text(WARDS)
    assert runs("wards", "import", "wards.csv")[0] == 0
    return runs


def test_a_poster_is_written_where_told(run: Run) -> None:
    assert run("poster", "soft-words", "--size", "a3", "--out", "words.pdf") == (0, "Written to words.pdf\n", "")
    assert pypdfium2.PdfDocument("words.pdf")[0].get_width() == pytest.approx(841.9, abs=0.1)


def test_without_a_file_its_name_says_what_it_is(run: Run) -> None:
    assert run("poster", "soft-words")[1] == "Written to soft-words-a4.pdf\n"
    assert Path("soft-words-a4.pdf").read_bytes().startswith(b"%PDF")


def test_a_png_is_the_picture_for_chat_with_the_alt_text_that_the_list_shows(run: Run) -> None:
    assert run("poster", "soft-words", "--out", "words.png")[0] == 0
    alt = Image.open(io.BytesIO(Path("words.png").read_bytes())).info["Description"]
    code, out, err = run("poster", "--list")
    assert (code, err) == (0, "")
    assert f"soft-words: Soft words\n    {alt}\n" in out
    assert len(out.splitlines()) == 2 * len(Library.load().posters)


def said_on_the_poster() -> str:
    """The words of what `bot poster soft-words` wrote."""
    return str(pypdfium2.PdfDocument("soft-words-a4.pdf")[0].get_textpage().get_text_bounded())


@pytest.mark.parametrize("ward", ["Rowan", "Alder"])
def test_a_wards_poster_leads_to_its_report_page_whatever_its_front(run: Run, ward: str) -> None:
    address = run("wards", "link", ward, PUBLIC_URL=PUBLIC)[1].strip()
    assert address.startswith(f"{PUBLIC}/report/")
    assert run("poster", "soft-words", "--ward", ward, PUBLIC_URL=PUBLIC)[0] == 0
    assert address in said_on_the_poster()
    assert run("poster", "soft-words", PUBLIC_URL=PUBLIC)[0] == 0
    assert PUBLIC not in said_on_the_poster(), "there are two wards, and none was named"


def test_the_only_ward_need_not_be_named(run: Run, tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "one.db")
    alone = {"DATABASE_URL": f"sqlite:///{tmp_path / 'one.db'}"}
    Path("one.csv").write_text("\n".join((HEADING, WARDS.splitlines()[2])))
    assert run("wards", "import", "one.csv", **alone)[0] == 0
    assert run("poster", "soft-words", PUBLIC_URL=PUBLIC, **alone)[0] == 0
    assert run("wards", "link", "Alder", PUBLIC_URL=PUBLIC, **alone)[1].strip() in said_on_the_poster()
    assert run("poster", "soft-words", **alone)[0] == 0
    assert "/report/" not in said_on_the_poster(), "no phone could follow it"


def test_a_poster_needs_no_database(run: Run) -> None:
    code, out, err = run("poster", "soft-words", PUBLIC_URL=PUBLIC, DATABASE_URL="sqlite:////no/such/a.db")
    assert (code, out) == (0, "Written to soft-words-a4.pdf\n")
    assert "without a QR code" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("soft-wrods",), "There is no poster “soft-wrods”. The nearest: soft-words.\n"),
        (("poster-debrief",), "There is no poster “poster-debrief”. The nearest: debrief.\n"),
        (("zzzzzz",), "There is no poster “zzzzzz”. bot poster --list shows them.\n"),
        ((), "Which poster? bot poster --list shows them.\n"),
        (("soft-words", "--size", "a5"), "--size: “a5” is neither a4 nor a3\n"),
        (("soft-words", "--out", "words.svg"), "--out: “words.svg” ends in neither .pdf nor .png\n"),
        (("soft-words", "--out", "no/such/folder.pdf"), "--out: no/such/folder.pdf: No such file or directory\n"),
        (
            ("soft-words", "--out", "words.png", "--size", "a3"),
            "--out: a .png is the picture for chat; --size and --ward are for a .pdf\n",
        ),
        (("soft-words", "--ward", "Rowen"), "--ward: there is no ward “Rowen”. The nearest: Rowan.\n"),
        (("soft-words", "--ward", "Zzz"), "--ward: there is no ward “Zzz”. bot wards list shows them.\n"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(run: Run, arguments: tuple[str, ...], said: str) -> None:
    before = sorted(Path().iterdir())
    assert run("poster", *arguments, PUBLIC_URL=PUBLIC) == (2, "", said)
    assert sorted(Path().iterdir()) == before


def test_a_code_needs_a_public_address(run: Run) -> None:
    code, out, err = run("poster", "soft-words", "--ward", "Rowan", PUBLIC_URL="")
    assert (code, out) == (2, "")
    assert err.startswith("PUBLIC_URL: set it first")


def test_a_trusts_own_broken_poster_is_named(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "posters").mkdir(parents=True)
    (own / "posters" / "mine.yaml").write_text("id: poster-mine\ntitle: Mine\n")
    code, _, err = run("poster", "mine", CONTENT_DIR=str(own))
    assert code == 2
    assert "There is no poster “mine”." in err
    assert f"{own}/posters/mine.yaml" in err
    assert run("poster", "--list", CONTENT_DIR=str(own))[0] == 1
    assert run("poster", "soft-words", CONTENT_DIR=str(own))[0] == 0


@pytest.mark.parametrize("name", ["soft-words", "poster-soft-words", "Soft_Words"])
def test_a_withdrawn_poster_says_when_and_why(run: Run, tmp_path: Path, name: str) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "withdrawn.yaml").write_text('- {id: poster-soft-words, on: 2026-12-01, why: "We say it in other words"}\n')
    before = sorted(Path().iterdir())
    assert run("poster", name, CONTENT_DIR=str(own)) == (
        2,
        "",
        "The poster “soft-words” was withdrawn on 2026-12-01: We say it in other words\n",
    )
    assert sorted(Path().iterdir()) == before
    assert "soft-words:" not in run("poster", "--list", CONTENT_DIR=str(own))[1]


def test_a_withdrawal_with_a_fault_still_withdraws(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "withdrawn.yaml").write_text("- {id: poster-soft-words}\n")
    assert run("poster", "soft-words", CONTENT_DIR=str(own))[2] == "The poster “soft-words” was withdrawn: unknown\n"


def test_without_knowing_what_is_withdrawn_nothing_is_drawn(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "withdrawn.yaml").write_text("- {id: [never closed\n")
    code, out, err = run("poster", "soft-words", CONTENT_DIR=str(own))
    assert (code, out) == (2, "")
    assert f"{own}/withdrawn.yaml:2: is not YAML" in err
    assert run("poster", "soft-words", CONTENT_DIR=str(tmp_path / "nowhere"))[2].endswith("nowhere: is not a folder\n")


def test_an_overdue_review_is_said(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "posters").mkdir(parents=True)
    text = (Path(__file__).parents[2] / "content" / "posters" / "soft-words.yaml").read_text(encoding="utf-8")
    dated = re.sub(r"(?m)^written_on: .*$", "written_on: 2020-01-01", text)
    dated = re.sub(r"(?m)^review_by: .*$", "review_by: 2021-01-01", dated)
    dated = re.sub(r"(?m)^version: .*$", "version: 9", dated)
    (own / "posters" / "soft-words.yaml").write_text(dated, encoding="utf-8")
    code, _, err = run("poster", "soft-words", CONTENT_DIR=str(own))
    assert (code, err) == (0, "Its review was due by 2021-01-01: look it over before you hang it up.\n")
