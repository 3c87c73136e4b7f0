"""`bot spc` from outside: any file of dated values, read as its owner means it, or refused by line and column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
import io
from itertools import pairwise
import json
from pathlib import Path
from statistics import fmean
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

from PIL import Image
import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.handlers.csv_file import CsvError
from bot.handlers.dated_csv import read_dated

ROOT = Path(__file__).parents[1]
GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "trends" / "spc_golden.json").read_text())
FIRST = date(2024, 1, 1)
TODAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(values: Sequence[object], every: int = 7) -> str:
    """A file of these values, week by week."""
    rows = (f"{FIRST + timedelta(days=every * at)},{value}\n" for at, value in enumerate(values))
    return "date,value\n" + "".join(rows)


def spc(text: str | bytes, *options: str) -> tuple[int, str, str]:
    """The exit code, the output and the errors of the command for a file of this text."""
    Path("falls_on-Juniper.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    ran = CliRunner().invoke(app, ["spc", "falls_on-Juniper.csv", *options])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, ran.stdout, ran.stderr


def shape(text: str | bytes, *options: str) -> Any:
    """What the command says as JSON."""
    code, out, err = spc(text, "--json", *options)
    assert code == 0, err
    return json.loads(out)


# The reference numbers


@pytest.mark.parametrize("case", GOLDEN["limits"], ids=lambda case: str(case["id"]))
def test_limits_are_those_published(case: dict[str, Any]) -> None:
    """To every digit that NHSRplotthedots prints."""
    found = shape(written(case["values"]), *(() if case["screen"] else ("--no-screen",)))

    form = f".{case['decimals']}f" if "decimals" in case else f".{case['significant_digits']}g"
    for name in ("mean", "lower", "upper"):
        assert float(format(found[name], form)) == case[name]
    if "outside" in case:
        assert [at for at, one in enumerate(found["points"], 1) if one["rule"] == "outside"] == case["outside"]


def test_the_shape_is_the_one_promised() -> None:
    """Other tools rely on it."""
    found = shape(written([1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1]), "--direction", "decrease", "--target", "20")

    assert list(found) == ["chart", "mean", "lower", "upper", "variation", "assurance", "points"]
    assert (found["chart"], found["variation"], found["assurance"]) == ("xmr", "improvement", "consistent_pass")
    assert list(found["points"][4]) == ["date", "value", "mean", "lower", "upper", "rule", "meaning"]
    assert (found["points"][4]["date"], found["points"][4]["value"]) == ("2024-01-29", 10)
    assert (found["points"][4]["rule"], found["points"][4]["meaning"]) == ("outside", "concern")
    assert found["points"][0]["rule"] is None


@pytest.mark.parametrize(
    ("values", "direction", "rule", "meaning"),
    [
        ([*[4, 6] * 8, 30], "increase", "outside", "improvement"),
        ([*[4, 6] * 8, 30], "neutral", "outside", "neutral_high"),
        ([*[40, 60] * 8, 47, 48, 49, 50, 51, 52, 53], "decrease", "trend", "concern"),
        ([*[0, 20] * 6, *[9] * 7], "neutral", "shift", "neutral_low"),
        ([*[5, 6] * 6, 8, 8, 6], "decrease", None, "common_cause"),
        ([5] * 20, "increase", None, "common_cause"),
        ([5], "increase", None, "common_cause"),
    ],
)
def test_each_rule_and_direction(values: list[int], direction: str, rule: str | None, meaning: str) -> None:
    """The last point, and so the variation of the whole; equal values and a single one are sane."""
    found = shape(written(values), "--direction", direction)

    assert (found["points"][-1]["rule"], found["variation"]) == (rule, meaning)


def test_two_of_three_flags_those_close_to_the_limit() -> None:
    """And not the third."""
    found = shape(written([*[10, 12] * 10, 16, 12, 16]))

    assert [point["rule"] for point in found["points"][-3:]] == ["two_of_three", None, "two_of_three"]


def test_limits_start_anew_at_a_rebase() -> None:
    """Several may be given, in any way a date may be written; no rule crosses one."""
    text = written([*[4, 6] * 7, *[14, 16] * 7, *[24, 26] * 7])
    days = [FIRST + timedelta(days=7 * at) for at in (14, 28)]
    found = shape(text, "--rebase", str(days[0]), "--rebase", f"{days[1]:%d/%m/%Y}")

    assert [found["points"][at]["mean"] for at in (0, 14, 28)] == [5, 15, 25]
    assert found["mean"] == 25
    assert {point["rule"] for point in found["points"]} == {None}


def test_limits_may_be_fixed_after_so_many_points() -> None:
    """What comes later is held against them."""
    found = shape(written([*[4, 6] * 6, *[9, 11] * 5]), "--fix-after", "12")

    assert {point["mean"] for point in found["points"]} == {5}
    assert found["variation"] == "neutral_high"


def test_auto_is_an_xmr_chart_where_that_fits() -> None:
    """With the same numbers; values that are no weekly counts have no other chart."""
    daily, monthly = written([0, 1] * 10, every=1), written([1, 2] * 10, every=30)
    for text in (written([8, 11] * 10), written([0.5, 0.25] * 10), written([-1, 1] * 8), daily, monthly):
        assert shape(text, "--chart", "auto") == shape(text)


def test_auto_draws_no_limits_where_there_is_too_little_data() -> None:
    """As the bot itself would not; the plain chart has them all the same."""
    found = shape(written([8, 11] * 4), "--chart", "auto")

    assert (found["chart"], found["mean"], found["variation"]) == ("xmr", None, "common_cause")
    assert {point["upper"] for point in found["points"]} == {None}
    assert shape(written([8, 11] * 4))["mean"] == 9.5
    code, out, err = spc(written([8, 11] * 4), "--chart", "auto", "--no-screen")
    assert (code, out) == (2, "")
    assert err.startswith("--no-screen and --fix-after are for an XmR chart, and --chart auto draws none.")


def test_auto_chooses_another_chart_for_rare_events() -> None:
    """An XmR chart of them cries wolf."""
    weeks = [0, 1, 0, 0, 2, 0, 1, 0, 0, 0, 1, 0, 3, *[0] * 6, 1] * 5

    assert any(point["rule"] for point in shape(written(weeks))["points"])
    found = shape(written(weeks), "--chart", "auto", "--direction", "decrease")
    assert (found["chart"], found["variation"]) == ("four_weeks", "common_cause")
    assert [point["value"] for point in found["points"]] == [1, 3, 1, 3, 1] * 5
    # Of 24 moving ranges, 20 are 2 and 4 are 0.
    assert (found["mean"], found["lower"]) == (1.8, 0)
    assert found["upper"] == pytest.approx(1.8 + 2.66 * 40 / 24)
    assert {point["rule"] for point in found["points"]} == {None}
    assert spc(written(weeks), "--chart", "auto", "--png", "a.png")[::2] == (0, "")
    assert Path("a.png").stat().st_size > 10_000


def test_auto_knows_the_days_of_rare_events() -> None:
    """A row for each day that had any, as an incident system lists them; in a plain chart they are a flat line."""
    steps = [8, 21, 5, 30, 13, 17] * 6
    days = [FIRST + timedelta(days=sum(steps[:at])) for at in range(len(steps) + 1)]
    text = "date,value\n" + "".join(f"{day},{2 if at == 30 else 1}\n" for at, day in enumerate(days))

    found = shape(text, "--chart", "auto", "--direction", "decrease")
    assert (found["chart"], found["variation"]) == ("days_between", "common_cause")
    between = [*steps[:30], 0.5, *steps[30:]]
    assert [point["value"] for point in found["points"]] == pytest.approx(between)
    assert found["points"][30]["date"] == found["points"][31]["date"] == str(days[30])
    roots = [value ** (1 / 3.6) for value in between]
    ranges = [abs(after - before) for before, after in pairwise(roots)]
    kept = [one for one in ranges if one < 3.267 * fmean(ranges)]
    for name, sigmas in (("lower", -2.66), ("mean", 0), ("upper", 2.66)):
        assert found[name] == pytest.approx((fmean(roots) + sigmas * fmean(kept)) ** 3.6)


def test_auto_knows_the_rarest_events_by_their_uneven_days() -> None:
    """Never two in a week: of a chart of ones nothing could be said."""
    steps = [8, 15, 9, 13, 11, 10] * 3 + [60, 75]
    days = [FIRST + timedelta(days=sum(steps[:at])) for at in range(len(steps) + 1)]
    found = shape("date,value\n" + "".join(f"{day},1\n" for day in days), "--chart", "auto")
    assert found["chart"] == "days_between"
    assert [point["value"] for point in found["points"]] == pytest.approx(steps)


def test_auto_takes_no_four_weeks_for_one() -> None:
    """Rows 28 days apart are no weekly counts with weeks left out."""
    found = shape(written([3, 2, 4, 3] * 5, every=28), "--chart", "auto")
    assert (found["chart"], len(found["points"])) == ("xmr", 20)
    gap = [*range(12), *range(20, 32)]
    weekly = "".join(f"{FIRST + timedelta(weeks=week)},{8 + week % 3}\n" for week in gap)
    assert shape(f"date,value\n{weekly}", "--chart", "auto")["mean"] is not None


SPARSE = [0, 1, 0, 0, 2, 0, 1, 0, 0, 0, 1, 0] * 8
DAYS = "date,value\n" + "".join(f"{FIRST + timedelta(days=9 * at + at % 5)},1\n" for at in range(40))


@pytest.mark.parametrize(
    ("text", "said", "drawn"),
    [
        (written(SPARSE), "Target 0.5 a week, which is 2 falls on Juniper in 4 weeks: met or missed by chance.", True),
        (
            DAYS,
            "Target 0.5: not drawn and not judged, for it is a number of events,"
            " and this chart shows the days between them.",
            False,
        ),
        (
            written([8, 11] * 4),
            "Target 0.5: not drawn and not judged, for there are too few points for limits to hold it against.",
            False,
        ),
        (written([8, 11] * 10), "Target 0.5: missed consistently.", True),
    ],
    ids=["four weeks", "days between", "too little data", "xmr"],
)
def test_a_target_that_is_not_drawn_is_said_to_be_so_and_why(text: str, said: str, drawn: bool) -> None:
    """Also beside the JSON, whose assurance is then null."""
    options = ("--chart", "auto", "--direction", "decrease", "--target", "0.5")
    code, out, err = spc(text, *options, "--svg", "a.svg")
    assert (code, err, out.splitlines()[-1]) == (0, "", said)
    assert ("target" in Path("a.svg").read_text()) == drawn
    code, out, err = spc(text, *options, "--json")
    assert (code, err) == (0, "" if drawn else f"{said}\n")
    assert (json.loads(out)["assurance"] is not None) == drawn


# Files as people have them


@pytest.mark.parametrize(
    "text",
    [
        "date,value\n2026-01-05,3\n2026-01-12,4.5\n",
        "\ufeffDATE , Value\r\n2026-01-05,3\r\n2026-01-12,4.5\r\n",
        "Ward;value;Date\nJuniper, upper floor;3;05/01/2026\nJuniper;4.5;12/01/2026\n",
        "value\tdate\n3\t5 January 2026\n4.5\t12-Jan-26\n",
        'date,value,note\n2026-01-12,4.5,"two\nlines"\n,,\n2026-01-05T00:00:00, +3.0 ,\n\n',
        "date,value\n5.1.2026,3\n12-01-2026,45e-1\n",
        '"date";"value";"note, or so"\n"2026-01-05";"3";"a ""b"""\n"2026-01-12";"4.5";""\n',
    ],
    ids=["plain", "Excel", "semicolons", "tabs", "out of order", "dots", "quoted"],
)
def test_one_series_in_many_files(text: str) -> None:
    """Case, order, further columns, separators, dates, empty rows."""
    dated = read_dated(text, TODAY)

    assert dated.dates == (date(2026, 1, 5), date(2026, 1, 12))
    assert dated.values == (3, 4.5)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["line 1, row: the file is empty; its first line must name the columns date and value"]),
        ("date,value\n", ["line 1, row: there is no value below the heading; each date needs a row"]),
        ("date,value\n,\n", ["line 1, row: there is no value below the heading; each date needs a row"]),
        (
            "2026-01-05,3\n",
            [
                "line 1, date: this column is missing; the first line has “2026-01-05”, “3”",
                "line 1, value: this column is missing; the first line has “2026-01-05”, “3”",
            ],
        ),
        ("day,value\n2026-01-05,3\n", ["line 1, date: this column is missing; the first line has “day”, “value”"]),
        ("date,value,Value\n2026-01-05,3,4\n", ["line 1, value: this column is there twice"]),
        (
            "date,value\n2026-01-05,3\n2026-01-12,none\n",
            ["line 3, value: “none” is not a number; write it like 1234.5 (no comma, no unit), or leave the row out"],
        ),
        ("date,value\n2026-01-05,\n", ["line 2, value: it is empty; leave the row out where there is no value"]),
        (
            "date,value\n2026-01-05,nan\n",
            ["line 2, value: “nan” is not a number; write it like 1234.5 (no comma, no unit), or leave the row out"],
        ),
        (
            "date,value\n2026-01-05,inf\n",
            ["line 2, value: “inf” is not a number; write it like 1234.5 (no comma, no unit), or leave the row out"],
        ),
        (
            "date,value\n20260105,3\n",
            ["line 2, date: “20260105” is not a date; write it like 2026-12-31 or, day first, 31/12/2026"],
        ),
        (
            'date,value,note\n2026-01-05,3,"a\n2026-01-12,4,b\n',
            ["line 2, row: it can't be read (unexpected end of data): is a quotation mark not closed?"],
        ),
        ("date,value\n2026-01-05,1e999\n", ["line 2, value: “1e999” is too large"]),
        (
            "date,value\n2026-01-05,1_000\n",
            ["line 2, value: “1_000” is not a number; write it like 1234.5 (no comma, no unit), or leave the row out"],
        ),
        (
            "date;value\n2026-01-05;3,5\n",
            ["line 2, value: “3,5” is not a number; write it like 1234.5 (no comma, no unit), or leave the row out"],
        ),
        ("date,value\n2026-01-05,1,234\n", ["line 2, row: it has 3 cells, and the heading has 2"]),
        ("date,value\n,3\n", ["line 2, date: it is empty"]),
        (
            "date,value\n12/31/2026,3\n",
            ["line 2, date: “12/31/2026” is not a date; write it like 2026-12-31 or, day first, 31/12/2026"],
        ),
        (
            "date,value\n2026-02-30,3\n",
            ["line 2, date: “2026-02-30” is not a date; write it like 2026-12-31 or, day first, 31/12/2026"],
        ),
        (
            "date,value\n2026-01-05,3\n05/01/2026,4\n",
            ["line 3, date: 2026-01-05 is there twice, first in line 2; give each date one row"],
        ),
        (
            'date,value,note\n2026-01-05,3,"a\nb"\nsoon,many,\n',
            [
                "line 4, date: “soon” is not a date; write it like 2026-12-31 or, day first, 31/12/2026",
                "line 4, value: “many” is not a number; write it like 1234.5 (no comma, no unit), or leave the row out",
            ],
        ),
        ("date,value\n0206-01-05,3\n", ["line 2, date: “0206-01-05” is too long ago: is the year right?"]),
        ("date,value\n2026-12-01,3\n", ["line 2, date: 2026-12-01 is in the future: is the year right?"]),
        (
            "date,value\n2026-11-09,3\n2026-11-16,3\n2026-11-30,3\n2027-01-01,3\n",
            [
                "line 4, date: 2026-11-30 is in the future: is the year right?",
                "line 5, date: 2027-01-01 is in the future: is the year right?",
            ],
        ),
        (
            "date,value\n2026-11-09,3\n2026-11-16,3\n2036-11-23,3\n",
            ["line 4, date: 2036-11-23 is in the future: is the year right?"],
        ),
    ],
)
def test_what_is_refused_is_named_by_line_and_column(text: str, faults: list[str]) -> None:
    """All faults at once, in the order of the lines."""
    with pytest.raises(CsvError) as refused:
        read_dated(text, TODAY)

    assert str(refused.value).splitlines() == faults


def test_a_whole_column_of_faults_is_told_in_twenty_lines() -> None:
    """Who has a unit in every cell needs to read it once."""
    with pytest.raises(CsvError) as refused:
        read_dated(written(["4 falls"] * 700, every=1), TODAY)

    lines = str(refused.value).splitlines()
    assert (len(lines), lines[-1]) == (21, "and 680 more like these")
    assert len(refused.value.faults) == 700


def test_a_fault_quotes_little_and_cannot_write_to_the_terminal() -> None:
    """A cell may hold a page, or what a terminal takes for an order."""
    with pytest.raises(CsvError) as refused:
        read_dated(f"date,value\n2026-01-05,\x1b]0;owned\x07\n2026-01-12,{'x' * 5_000}\n", TODAY)

    first, second = str(refused.value).splitlines()
    assert first.startswith("line 2, value: “\ufffd]0;owned\ufffd” is not a number")
    assert second.startswith(f"line 3, value: “{'x' * 40}…” is not a number")


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        ("date,value\n01/02/2026,3\n02/02/2026,3\n", ["“01/02/2026” was read with the day first: 1 February 2026."]),
        ("date,value\n01/02/2026,3\n13/02/2026,3\n", []),
        ("date,value\n02/02/2026,3\n", []),
        (
            "date,value\n2026-09-30,3\n2026-10-31,4\n2026-11-30,2\n",
            ["The last date, 30 November 2026, is still to come: a period that still runs can look like a change."],
        ),
        (
            written([3] * 9) + "2024-04-08,3\n",
            ["There is no row between 26 February 2024 and 8 April 2024: the chart has them side by side."],
        ),
        (DAYS, []),
    ],
    ids=[
        "day or month first",
        "a 13th shows it",
        "the same either way",
        "this month by its last day",
        "a gap",
        "odd days",
    ],
)
def test_what_could_be_meant_otherwise_is_said(text: str, doubts: list[str]) -> None:
    """And read all the same."""
    assert list(read_dated(text, TODAY).doubts) == doubts


def test_doubts_go_to_stderr_and_leave_the_json_alone() -> None:
    """So that it can be piped."""
    code, out, err = spc("date,value\n01/02/2024,3\n02/02/2024,4\n", "--json")

    assert code == 0
    assert [point["date"] for point in json.loads(out)["points"]] == ["2024-02-01", "2024-02-02"]
    assert err == "“01/02/2024” was read with the day first: 1 February 2024.\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--rebase", "2024-01-02"],
            "--rebase: 2024-01-02 is no date of the file; the nearest are 2024-01-01 and 2024-01-08",
        ),
        (
            ["--rebase", "spring"],
            "--rebase: “spring” is not a date; write it like 2026-12-31 or, day first, 31/12/2026",
        ),
        (["--fix-after", "11"], "Limits can be fixed after 12 points or more, not after 11."),
        (["--target", "nan"], "Every target must be an ordinary number, and nan is not."),
        (["--target", "low"], "unable to parse string as a number"),
        (["--direction", "up"], "'up' is not one of"),
        (["--chart", "pie"], "'pie' is not one of"),
        (["--png", "nowhere/chart.png"], "--png: nowhere/chart.png: No such file or directory"),
    ],
)
def test_options_that_are_wrong_end_with_2(options: list[str], said: str) -> None:
    """Nothing on stdout."""
    code, out, err = spc(written([1, 2, 3]), *options)

    assert (code, out) == (2, "")
    assert said in " ".join(err.replace("│", " ").split())


def test_a_file_that_cannot_be_read_ends_with_2() -> None:
    """It is not there, is a folder, is no text, or is so large that reading it could stop the machine."""
    for name, said in (
        ("none.csv", "there is no such file; is its name right, and the folder?"),
        (".", "this is a folder; name the CSV file in it"),
    ):
        ran = CliRunner().invoke(app, ["spc", name])
        assert (ran.exit_code, ran.stdout, ran.stderr) == (2, "", f"{name}: {said}\n")
    assert spc(b"date,value\n2026-01-05,\xff\n") == (
        2,
        "",
        "falls_on-Juniper.csv: it is not UTF-8 text; in Excel choose Save As and CSV UTF-8\n",
    )
    assert spc("date,value\n" * 1_000_000) == (
        2,
        "",
        "falls_on-Juniper.csv: it is larger than 10 MB; give it in parts\n",
    )
    assert spc("date,value\n2024-01-01,three\n")[::2] == (
        2,
        "line 2, value: “three” is not a number; write it like 1234.5 (no comma, no unit), or leave the row out\n",
    )


# What a person reads


def test_the_terminal_has_a_table_and_what_it_says() -> None:
    """Nothing that only the JSON has."""
    code, out, err = spc(written([*[4, 6] * 8, 30]), "--direction", "decrease", "--target", "3")

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == ["date", "falls", "on", "Juniper", "average", "lower", "upper"]
    assert lines[17].split(maxsplit=5)[-1] == "Special cause: of concern, outside the usual range"
    assert (
        "The latest value, 30 on 22 April 2024, is a real change (of concern): it is outside the usual range." in lines
    )
    assert "Average 6.5, usual range 1.2 to 11.8." in lines
    assert lines[-1] == "Target 3: met or missed by chance."


def test_little_data_is_said_to_be_little() -> None:
    """Eleven points have limits, and they are a guess; so are those of five after a rebase."""
    little = "are a guess: 12 are needed."

    assert f"limits from 11 points {little}" in spc(written([4, 6, 5] * 3 + [4, 6]))[1]
    assert "a real change" not in spc(written([4, 6] * 5 + [60]))[1]
    assert little not in spc(written([4, 6, 5] * 4))[1]
    rebased = spc(written([4, 6, 5] * 6), "--rebase", str(FIRST + timedelta(days=7 * 13)))[1]
    assert f"limits from 5 points {little}" in rebased
    assert "from 1 January 2024." in rebased and "from 1 April 2024." in rebased


def test_a_target_needs_a_direction() -> None:
    """Or else nobody knows which side of it is good."""
    assert "Target 3: say with --direction which way is better" in spc(written([4, 6] * 8), "--target", "3")[1]


def test_pictures_are_drawn_beside_the_figures() -> None:
    """PNG and SVG of the same chart, named after the file."""
    code, out, _ = spc(
        written([4, 6] * 20), "--png", "a.png", "--svg", "a.svg", "--target", "12", "--direction", "decrease"
    )

    assert code == 0
    assert out.startswith("      date")
    with Image.open(io.BytesIO(Path("a.png").read_bytes())) as picture:
        assert (picture.format, picture.width) == ("PNG", 800)
    root = ElementTree.fromstring(Path("a.svg").read_bytes())
    words = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Falls on Juniper", "target 12.0", "Target: met consistently"} <= set(words)
    assert "30 Sep" in words  # without its year, which all have


def test_a_long_series_has_the_year_at_its_dates() -> None:
    """The fifth of May may be this year's or last year's."""
    spc(written([4, 6] * 52), "--svg", "a.svg")

    assert "22 Dec 25" in Path("a.svg").read_text()


def test_it_reads_what_is_piped_and_needs_no_settings(folder: Path) -> None:
    """As a process of its own, in a folder with nothing; and leaves nothing behind."""
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "spc", "-", "--json"],
        input="date;value\n31/12/2025;3\n01/01/2026;4\n",
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "DATABASE_URL": "nonsense"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert [point["date"] for point in json.loads(ran.stdout)["points"]] == ["2025-12-31", "2026-01-01"]
    assert list(folder.iterdir()) == []
