"""The identifier check: what holds for any text, what it says, and how long it takes (the corpus: test_corpus.py)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
import re
import time
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st
from nhs_number.validate import calculate_checksum
import pytest

from bot.privacy.identifiers import _WORDS, Finding, find, refusal
from tests.privacy.corpus import CLEAN, IDENTIFIERS

# --- properties -------------------------------------------------------------------------------------------

digits9 = st.integers(0, 999_999).map(lambda n: f"999{n:06}").filter(lambda d: calculate_checksum(d) != 10)
valid_number = digits9.map(lambda d: f"{d}{calculate_checksum(d)}")
gap = st.text(alphabet=" -.\u00a0\u2011\u2013\u200b\t", max_size=3)
words = st.lists(
    st.one_of(
        st.text(st.characters(categories=["L"]), max_size=8),
        st.sampled_from(["at 14:30", "3 of 12", "ward", ","]),
    ),
    max_size=4,
).map(" ".join)


def full_width(digits: str) -> str:
    return digits.translate({ord(str(n)): 0xFF10 + n for n in range(10)})


width = st.sampled_from([str, full_width])


@given(valid_number, gap, gap, words, words, width)
def test_any_test_range_number_in_any_spacing_is_found(
    number: str, first: str, second: str, before: str, after: str, wide: Callable[[str], str]
) -> None:
    part = wide(f"{number[:3]}{first}{number[3:6]}{second}{number[6:]}")
    text = f"{before} {part}{' ' if after[:1].isdigit() else ''}{after}"
    start = len(before) + 1
    assert any(f.start <= start and start + len(part) <= f.end for f in find(text)), find(text)
    assert refusal(text) is not None


identifying = st.sampled_from([one.line for one in IDENTIFIERS])
anything = st.one_of(st.text(max_size=120), identifying, st.sampled_from(CLEAN))


@given(st.lists(anything, max_size=4).map(" ".join))
def test_spans_lie_in_order_inside_the_text(text: str) -> None:
    found = find(text)
    assert all(0 <= finding.start < finding.end <= len(text) for finding in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", "".join(c for c in text if c.isspace() or c.isprintable()))


@given(st.lists(st.one_of(identifying, anything), max_size=4).map(" ".join))
def test_refusal_says_nothing_but_fixed_words_and_the_text(text: str) -> None:
    said = refusal(text)
    assert (said is None) == (find(text) == ())
    if said is None:
        return
    for quoted in re.findall("\u201c(.*?)\u201d \\(", said, re.DOTALL):
        assert flat(quoted) in flat(text)
    rest = re.sub("\u201c.*?\u201d \\(([^)]*)\\)", r"(\1)", said, flags=re.DOTALL)
    reasons = "|".join(map(re.escape, [*_WORDS.values(), "looks like an NHS number"]))
    assert re.fullmatch(
        rf"Please take out \((?:{reasons})\)(?:(?:, | and )\((?:{reasons})\))*"
        r"(?: and the others like these)?: "
        r"(?:it|they) could point to a patient, and no patient details may be kept here\. "
        r"What you typed is still in the box\.",
        rest,
    ), rest


@given(st.text(max_size=200), st.sampled_from(["\u200b", "\u00ad", "\u2060", "\ufeff"]))
def test_what_has_no_width_hides_nothing(text: str, hidden: str) -> None:
    kinds = [finding.kind for finding in find(text)]
    assert [finding.kind for finding in find(hidden.join(text))] == kinds


# --- words ------------------------------------------------------------------------------------------------


def test_refusal_of_one() -> None:
    assert refusal("bed 4 was loud") == (
        "Please take out \u201cbed 4\u201d (bed or room): it could point to a patient, "
        "and no patient details may be kept here. What you typed is still in the box."
    )


def test_refusal_of_several_at_once() -> None:
    assert refusal("Mr Smith, bed 4, 999 123 4578, and bed 4 again") == (
        "Please take out \u201cMr Smith\u201d (name), \u201cbed 4\u201d (bed or room) and "
        "\u201c999 123 4578\u201d (looks like an NHS number): they could point to a patient, "
        "and no patient details may be kept here. What you typed is still in the box."
    )


def test_refusal_stays_short_for_many() -> None:
    said = refusal(" ".join(f"bed {n}," for n in range(1, 90)))
    assert said is not None and len(said) < 400 and "and the others like these" in said


def test_number_that_fails_its_check_is_called_a_number() -> None:
    assert "(ten-digit number)" in (refusal("999 123 4567") or "")
    assert "(looks like an NHS number)" in (refusal("999\u200b 123 457\uff18") or "")


def test_overlapping_findings_are_one() -> None:
    assert find("DOB 12/03/1954") == (Finding("date_of_birth", 0, 14),)
    assert find("+44 114 496 0123") == (Finding("phone", 0, 16),)


def test_one_character_that_stands_for_several_stays_in_one_finding() -> None:
    text = "999 123 457\u2467, bed \u2463"  # 8 and 4, each in a circle
    assert all(one.end <= other.start for one, other in pairwise(find(text)))
    assert text[find(text)[-1].start :] == "bed \u2463"


# --- time and memory --------------------------------------------------------------------------------------

ADVERSARIAL = [
    "0", "9 ", "99 ", "999 ", "1.", "1-", "0117 ", "07700 9", "a", "A", "A.", "a.", "a@", "a.b@",
    "@a.", "a-", "Mr ", "Mr A", "Mr A'", "Mr Aa-", "bed ", "room ", "bed no ", "MRN ", "MRN no ",
    "MRN no no ", "s2 ", "section 2 ", "12 March ", "s2 12", "12/3 ", "1/", "dob ", "born on ",
    "age ", "ninety-", "90 y", "(", "+", "+4", "(0", " ", "\u200b", "e\u0301", "\uff19", "\ufdfa",
    "LS1 ", "AB 12 ", "pt ", "JS was ", "name is ", "<@U", "4 May s", "beds 4 ", "1 1/1",
    "<@UAAAAAA|", "Miss\u00a0", "H & C ", "patient id ", "'-",
]  # fmt: skip


@pytest.mark.parametrize("piece", ADVERSARIAL)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    find("+44 7700 900123")  # the lazy import is not what is measured
    long = (piece * 3000)[:3000]
    started = time.perf_counter()
    find(long)
    find(long + "!")
    assert time.perf_counter() - started < 1.0


def test_a_ward_line_needs_little_memory() -> None:
    tracemalloc.start()
    try:
        for line in CLEAN:
            find(line)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("moved from SW1A-1AA", "postcode"),
        ("lives at LS1\u20134AP", "postcode"),
        ("AB 123 456 C", "ni_number"),
        ("AB/12/34/56/C", "ni_number"),
        ("jo(at)nhs(dot)net", "email"),
        ("jo @ nhs.net", "email"),
        ("case note no A12345", "hospital_number"),
        ("943+476+5919", "nhs_number"),
    ],
)
def test_what_a_reviewer_got_past_the_check_is_found(text: str, kind: str) -> None:
    assert [one.kind for one in find(text)] == [kind]


@pytest.mark.parametrize("text", ["see you @ 9.30 today", "case notes were late", "M1-1 support", "we met @ lunch."])
def test_what_only_looks_like_it_passes(text: str) -> None:
    assert find(text) == ()
