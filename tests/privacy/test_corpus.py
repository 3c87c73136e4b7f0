"""The identifier check against the labelled corpus: every line, its figures and their floors, and the word lists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
import re
import sys

from nhs_number.validate import is_valid
import pytest

from bot.privacy.identifiers import (
    _ABBREVIATIONS,
    _DOTTED,
    _LETTERED_THINGS,
    _NOT_SURNAMES,
    _SHARED_ROOMS,
    _WORDS,
    find,
    refusal,
)
from tests.privacy.corpus import (
    CLEAN,
    FIRST_RUN,
    HELD_OUT,
    HELD_OUT_CLEAN,
    IDENTIFIERS,
    NOT_FOUND,
    STRUCTURED,
    Labelled,
)

DOCS = Path(__file__).parents[2] / "docs" / "privacy.md"
MISSED = {
    "wee Jeanie was calling out",
    "Priya Shah led the huddle",
    "lady in 14 was crying",
    "Kwame punched the wall",
    "big Dave wanted a smoke",
    "B12 pulled the curtain down",
    "tariq liked the music",
    "our Maureen sang at tea",
    "pt TB (not the illness) paced",
}
"""Lines of the corpus with an identifier that no rule finds, all of a sort that docs/privacy.md names."""
REFUSED = {"Prof Ed day, cover thin", "Dr Foster data talked about", "Mr Whippy van came, everyone smiled"}
"""Lines without an identifier that are refused all the same: they look just like a name."""


def is_found(one: Labelled) -> bool:
    """Whether every letter and digit of the part is within what the check says to take out."""
    start = one.line.index(one.part)
    spans = [range(finding.start, finding.end) for finding in find(one.line)]
    places = range(start, start + len(one.part))
    return all(any(place in span for span in spans) for place in places if one.line[place].isalnum())


def share(found: int, of: int) -> str:
    """`0.973 (216 of 222)`."""
    return f"{found / of:.3f} ({found} of {of})"


def figures(identifiers: Sequence[Labelled], clean: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Structured identifiers found, all found, clean lines refused: each with of how many."""
    structured = [one for one in identifiers if one.kind in STRUCTURED]
    return (
        (sum(map(is_found, structured)), len(structured)),
        (sum(map(is_found, identifiers)), len(identifiers)),
        (sum(bool(find(line)) for line in clean), len(clean)),
    )


def test_the_corpus_is_what_it_says() -> None:
    both, clean = [*IDENTIFIERS, *HELD_OUT], [*CLEAN, *HELD_OUT_CLEAN]
    lines = [*(one.line for one in both), *clean]
    assert len(set(lines)) == len(lines) >= 300
    assert 0.45 < len(both) / len(lines) < 0.55
    assert (len(HELD_OUT) + len(HELD_OUT_CLEAN)) / len(lines) >= 0.25
    assert {one.kind for one in IDENTIFIERS} == {one.kind for one in HELD_OUT} == set(_WORDS)
    assert all(one.part in one.line and len(one.line) <= 280 for one in both)


def test_no_number_of_the_corpus_can_be_anybodys() -> None:
    for one in [*IDENTIFIERS, *HELD_OUT]:
        digits = "".join(filter(str.isdigit, one.part)) if one.kind == "nhs_number" else ""
        if len(digits) == 10 and digits.isascii() and is_valid(digits):
            assert digits.startswith("9"), one


def test_recall_and_false_alarms(capsys: pytest.CaptureFixture[str]) -> None:
    parts = {
        "all lines": figures([*IDENTIFIERS, *HELD_OUT], [*CLEAN, *HELD_OUT_CLEAN]),
        "held out, now": figures(HELD_OUT, HELD_OUT_CLEAN),
        "held out, first run": tuple(FIRST_RUN.values()),
    }
    with capsys.disabled():
        for name, (structured, every, alarms) in parts.items():
            sys.stdout.write(
                f"\nidentifier check, {name}: recall of structured {share(*structured)}, of all {share(*every)}, "
                f"false alarms {share(*alarms)}"
            )
        sys.stdout.write("\n")
    (found, of), (every, of_all), (alarms, of_clean) = parts["all lines"]
    assert found == of
    assert every / of_all >= 0.95
    assert alarms / of_clean < 0.03
    docs = DOCS.read_text()
    for part in parts.values():
        for figure in part:
            assert share(*figure) in docs, "docs/privacy.md has other figures"


@pytest.mark.parametrize("one", [*IDENTIFIERS, *HELD_OUT], ids=lambda one: ascii(one.line))
def test_identifiers_are_found(one: Labelled) -> None:
    words = refusal(one.line)
    if one.line in MISSED:
        assert words is None
        return
    assert is_found(one), find(one.line)
    assert words is not None


@pytest.mark.parametrize("line", [*CLEAN, *HELD_OUT_CLEAN])
def test_ordinary_lines_pass(line: str) -> None:
    found = [(finding.kind, line[finding.start : finding.end]) for finding in find(line)]
    assert bool(found) == (line in REFUSED), found


@pytest.mark.parametrize("sort", NOT_FOUND)
def test_docs_say_what_it_cannot_find(sort: str) -> None:
    assert sort in DOCS.read_text().lower()
    for line in NOT_FOUND[sort]:
        assert find(line) == (), line


# --- the words that look like a name or initials, and are none --------------------------------------------

COMMON_SURNAMES = frozenset(
    re.findall(
        r"\w+",
        """
        smith jones williams brown taylor davies wilson evans thomas johnson roberts walker wright robinson
        thompson white hughes edwards green lewis wood harris martin jackson clarke clark turner hill scott
        cooper morris ward moore king watson baker morgan patel young allen mitchell james anderson phillips
        lee bell parker davis bennett miller cook khan ahmed ali hussain begum singh kaur shah akhtar bibi
        mahmood murphy kelly campbell stewart macdonald reid ross chen wang li okafor adeyemi mensah osei
        kowalski nowak silva santos rose mason fox day may good long rice hunt
        """,
    )
)
ALSO_WORDS = {"ward", "may", "good"}
"""Surnames that are words of a ward's day as well: "Nurse May" passes, "Mr Ward" and "Mrs May" do not."""


def test_no_common_surname_is_let_through() -> None:
    assert COMMON_SURNAMES & _NOT_SURNAMES == ALSO_WORDS
    for surname in COMMON_SURNAMES:
        for title in ("Mr", "Mrs"):
            assert find(f"{title} {surname.capitalize()} was upset"), surname


@pytest.mark.parametrize("word", sorted(_NOT_SURNAMES))
def test_a_word_after_a_title_is_no_surname(word: str) -> None:
    for line in (
        f"dr {word} today",
        f"Nurse {word.capitalize()} today",
        f"mrs {word} today",
        f"plan: A. {word.capitalize()}",
    ):
        assert find(line) == ()
    assert find("dr Xander today") and find("mrs xander today") and find("plan: A. Xander")


@pytest.mark.parametrize("word", sorted(_ABBREVIATIONS))
def test_an_abbreviation_is_no_initials(word: str) -> None:
    upper = word.upper()
    assert find(f"pt {upper} today") == ()
    assert find(f"{upper} was very unsettled") == ()
    assert find("pt XZ today") and find("XZ was very unsettled")


@pytest.mark.parametrize("word", sorted(_DOTTED))
def test_an_abbreviation_with_dots_is_no_initials(word: str) -> None:
    assert find(f"given {'.'.join(word)}. today") == ()
    assert find(f"given {'.'.join(word.upper())}. today") == ()
    assert find("given x.z. today")


@pytest.mark.parametrize("word", sorted(_SHARED_ROOMS))
def test_a_room_that_all_use_is_nobodys(word: str) -> None:
    assert find(f"{word} room 2 was booked") == ()
    assert find("her room 2 was booked")


@pytest.mark.parametrize("word", sorted(_LETTERED_THINGS))
def test_a_thing_with_a_letter_is_no_initial(word: str) -> None:
    assert find(f"{word} B. Reminded everyone") == ()
    assert find("with B. Reminder everyone")


def test_the_lists_are_in_order() -> None:
    """Each word once, in the alphabet's order: a list that is read can be checked."""
    source = (Path(__file__).parents[2] / "bot" / "privacy" / "identifiers.py").read_text()
    lists = re.findall(r"^(_[A-Z_]+) = _listed\(\n((?:    \".*\"\n)+)\)", source, re.MULTILINE)
    assert len(lists) == 5
    for name, body in lists:
        words = "".join(re.findall(r'"(.*)"', body)).split()
        assert words == sorted(set(words)), name
