"""The identifier check, against invented identifiers and against the lines wards really write."""

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

# (line, kind, the part to take out). All invented; NHS numbers are from the 999 test range.
IDENTIFIERS: list[tuple[str, str, str]] = [
    ("NHS number 999 123 4578 was on the board", "nhs_number", "NHS number 999 123 4578"),
    ("9991234578", "nhs_number", "9991234578"),
    ("seen with 999-123-4578 today", "nhs_number", "999-123-4578"),
    ("seen with 999.123.4578 today", "nhs_number", "999.123.4578"),
    ("seen with 999  -  123  4578 today", "nhs_number", "999  -  123  4578"),
    ("ref999 1234578 on the form", "nhs_number", "999 1234578"),
    ("wrong check digit 999 123 4567", "nhs_number", "999 123 4567"),
    ("9 9 9 1 2 3 4 5 7 8", "nhs_number", "9 9 9 1 2 3 4 5 7 8"),
    ("999 123 45 78", "nhs_number", "999 123 45 78"),
    ("CHI 010254 1234", "nhs_number", "010254 1234"),
    ("NHS no. 999 1234 578", "nhs_number", "NHS no. 999 1234 578"),
    ("H&C 320 123 4567", "nhs_number", "320 123 4567"),
    (
        "full width \uff19\uff19\uff19 \uff11\uff12\uff13 \uff14\uff15\uff17\uff18",
        "nhs_number",
        "\uff19\uff19\uff19 \uff11\uff12\uff13 \uff14\uff15\uff17\uff18",
    ),
    ("no break 999\u00a0123\u00a04578 here", "nhs_number", "999\u00a0123\u00a04578"),
    ("zero width 99\u200b9123\u200b4578 here", "nhs_number", "99\u200b9123\u200b4578"),
    ("dashes 999\u2013123\u20114578", "nhs_number", "999\u2013123\u20114578"),
    (
        "Arabic digits \u0669\u0669\u0669\u0661\u0662\u0663\u0664\u0665\u0667\u0668",
        "nhs_number",
        "\u0669\u0669\u0669\u0661\u0662\u0663\u0664\u0665\u0667\u0668",
    ),
    ("on two lines 999\n123 4578", "nhs_number", "999\n123 4578"),
    ("rang mum on 07700 900123", "phone", "07700 900123"),
    ("rang mum on 07700900123 twice", "phone", "07700900123"),
    ("family: 0114 496 0123", "phone", "0114 496 0123"),
    ("family: (0114) 496 0123", "phone", "(0114) 496 0123"),
    ("family: 020 7946 0123", "phone", "020 7946 0123"),
    ("family: +44 7700 900123", "phone", "+44 7700 900123"),
    ("family: +44 (0)20 7946 0123", "phone", "+44 (0)20 7946 0123"),
    ("family: 0044 7700 900123", "phone", "0044 7700 900123"),
    ("brother abroad +1 202 555 0143", "phone", "+1 202 555 0143"),
    ("tel 496 0123", "phone", "tel 496 0123"),
    ("email jo.bloggs@example.com about it", "email", "jo.bloggs@example.com"),
    ("email JO_B+ward@mail.example.nhs.uk", "email", "JO_B+ward@mail.example.nhs.uk"),
    ("email jo.bloggs[at]example.net", "email", "jo.bloggs[at]example.net"),
    ("going home to EX99 9ZZ", "postcode", "EX99 9ZZ"),
    ("going home to ex999zz soon", "postcode", "ex999zz"),
    ("lives at M1 1AA", "postcode", "M1 1AA"),
    ("lives at ec1a 1bb", "postcode", "ec1a 1bb"),
    ("DOB 12/03/54", "date_of_birth", "DOB 12/03/54"),
    ("dob: 120354", "date_of_birth", "dob: 120354"),
    ("d.o.b. 12 March", "date_of_birth", "d.o.b. 12 March"),
    ("date of birth is 12.3.1954", "date_of_birth", "date of birth is 12.3.1954"),
    ("12/03/1954", "date_of_birth", "12/03/1954"),
    ("pt of 3/4/61 upset", "date_of_birth", "3/4/61"),
    ("12.03.1954 on the wristband", "date_of_birth", "12.03.1954"),
    ("seen 12.3.38 in clinic", "date_of_birth", "12.3.38"),
    ("12-03-54 on the wristband", "date_of_birth", "12-03-54"),
    ("12 03 1954 on the wristband", "date_of_birth", "12 03 1954"),
    ("1954-03-12 on the wristband", "date_of_birth", "1954-03-12"),
    ("12 March 1954 on the wristband", "date_of_birth", "12 March 1954"),
    ("12th of march, 1954", "date_of_birth", "12th of march, 1954"),
    ("Mar 12th, 1954", "date_of_birth", "Mar 12th, 1954"),
    ("12 mar 54", "date_of_birth", "12 mar 54"),
    ("12-Mar-04", "date_of_birth", "12-Mar-04"),
    ("born in 1954", "date_of_birth", "born in 1954"),
    ("birthday is 12 March so cake planned", "date_of_birth", "birthday is 12 March"),
    ("QQ 12 34 56 C", "ni_number", "QQ 12 34 56 C"),
    ("ni qq123456c on the letter", "ni_number", "qq123456c"),
    ("MRN 48213", "hospital_number", "MRN 48213"),
    ("RiO 1048213 updated", "hospital_number", "RiO 1048213"),
    ("rio number: 482131", "hospital_number", "rio number: 482131"),
    ("hosp no A48213", "hospital_number", "hosp no A48213"),
    ("Hospital number RXX4821", "hospital_number", "Hospital number RXX4821"),
    ("PAS no. 48213", "hospital_number", "PAS no. 48213"),
    ("Datix W48213 done", "hospital_number", "Datix W48213"),
    ("Datix raised 48213", "hospital_number", "Datix raised 48213"),
    ("incident ref 20931", "hospital_number", "incident ref 20931"),
    ("case no 4821", "hospital_number", "case no 4821"),
    ("logged as 4821377", "hospital_number", "4821377"),
    ("bed 4 unsettled", "bed_or_room", "bed 4"),
    ("Bed no. 12a unsettled", "bed_or_room", "Bed no. 12a"),
    ("bay 2 noisy", "bed_or_room", "bay 2"),
    ("Bay C noisy", "bed_or_room", "Bay C"),
    ("room 12 hot", "bed_or_room", "room 12"),
    ("in side room 3 all day", "bed_or_room", "side room 3"),
    ("noise from bedroom 7", "bed_or_room", "bedroom 7"),
    ("bed four kept calling out", "bed_or_room", "bed four"),
    ("unsettled in S/R 2", "bed_or_room", "S/R 2"),
    ("beds 4 and 5 swapped", "bed_or_room", "beds 4 and 5"),
    ("Mr Smith upset by the noise", "name", "Mr Smith"),
    ("mr smith upset by the noise", "name", "mr smith"),
    ("Mrs O'Neill upset", "name", "Mrs O'Neill"),
    ("Mrs O\u2019Neill upset", "name", "Mrs O\u2019Neill"),
    ("M\u200brs O'Neill upset", "name", "M\u200brs O'Neill"),
    ("Ms Ren\u00e9e Sm\u00efth-Jones went home", "name", "Ms Ren\u00e9e Sm\u00efth-Jones"),
    ("Miss Patel did well", "name", "Miss Patel"),
    ("Dr Khan changed leave", "name", "Dr Khan"),
    ("Prof. Okafor visited", "name", "Prof. Okafor"),
    ("Mr S was loud", "name", "Mr S"),
    ("Nurse Adeyemi led it", "name", "Nurse Adeyemi"),
    ("J. Bloggs was loud", "name", "J. Bloggs"),
    ("Name: Jo Bloggs", "name", "Name: Jo Bloggs"),
    ("thanks @jo.bloggs", "name", "@jo.bloggs"),
    ("thanks <@U012AB3CD>", "name", "<@U012AB3CD>"),
    ("J.S. was loud", "initials", "J.S."),
    ("sat with J. S. after lunch", "initials", "J. S."),
    ("sat with j.s. after lunch", "initials", "j.s."),
    ("patients AB and CD argued", "initials", "patients AB"),
    ("pt AB was loud", "initials", "pt AB"),
    ("patient K settled", "initials", "patient K"),
    ("JS was very unsettled after tea", "initials", "JS"),
    ("section 2 from 12 March", "mha_section", "section 2 from 12 March"),
    ("s3 started 12/3", "mha_section", "s3 started 12/3"),
    ("On 4 May S136 ended", "mha_section", "4 May S136"),
    ("s5(2) on 3rd June", "mha_section", "s5(2) on 3rd June"),
    ("aged 93 and new to us", "age_over_89", "aged 93"),
    ("a 93 year old in pain", "age_over_89", "93 year old"),
    ("93yo in pain", "age_over_89", "93yo"),
    ("102-year-old in pain", "age_over_89", "102-year-old"),
    ("ninety-three years old", "age_over_89", "ninety-three years old"),
    ("in her nineties and frail", "age_over_89", "her nineties"),
    ("100th birthday cake", "age_over_89", "100th birthday"),
]

CLEAN = [
    "",
    "   ",
    "noise from building work from 10 to 12",
    "3 staff to 12 people",
    "2 new admissions since 07:00",
    "1:1 obs",
    "2:1 obs overnight, 15 minute checks",
    "PRN offered at 14:30",
    "PRN offered at 14.30 and 16.00",
    "Section 17 leave changed",
    "section 17 leave moved to 12 March",
    "COVID-19",
    "ward B2",
    "moved from ward B2 1st floor",
    "ward E1 2hr obs",
    "70/20/10",
    "24/7",
    "24/7/365 cover",
    "3 of 12 support sheets read",
    "staffing 7/7/5 today",
    "staffing 5 5 4, two bank on nights",
    "handover 07:00-19:30",
    "handover 07.00 - 19.30, 10 staff",
    "handover 0700-1930 12 people",
    "new rota from 12 March",
    "new rota from 12/03",
    "since 12 March 07:00",
    "on 12 March 14 staff were on",
    "two falls in March 2024",
    "2024 plan agreed",
    "bedroom corridor too hot",
    "the room was too loud",
    "dining room 2 staff short",
    "meeting room 2 booked for the huddle",
    "went to bed 10 pm, settled",
    "to bed at 22:30",
    "18 beds, 17 full",
    "no beds until 14:00",
    "bed one to one support",
    "bay doors left open",
    "s3 papers explained again",
    "section 136 suite busy",
    "s136 suite full from 10 to 12",
    "section 62 form missing",
    "Dr came at 10, leave changed",
    "dr on call aware",
    "Dr Review at 14:30",
    "nurse in charge led the huddle",
    "Nurse Associate covering",
    "sister visited, all calm",
    "Named Nurse sessions helped",
    "missed breakfast, miss lunch too",
    "MS Teams was down",
    "MS flare up, pain reviewed",
    "alarm delay of 200 ms after test",
    "e.g. ear plugs, i.e. quiet hour",
    "10 a.m. to 4 p.m.",
    "meds t.d.s. and o.d. changed",
    "pt PRN offered",
    "pt IM declined, OT group ran",
    "Patient Safety huddle at 09:15",
    "Patient I spoke with felt heard",
    "TV was very loud",
    "OT was calm and clear",
    "ward A. Patients settled",
    "plan B. Staff agreed it",
    "A. Good handover",
    "handover sheet v2.1.10 printed",
    "cover from 12 March-14 March",
    "12 March 40 people came",
    "temperature 28 degrees in the day room",
    "level 3 obs x 4, level 2 obs x 6",
    "fire alarm test 11am, 2pm and 4pm",
    "bleep 2345 not answered",
    "ext 4821 engaged all morning",
    "ring 111 or 999 if urgent",
    "RiO down 07:30 to 09:00",
    "RiO 2024 upgrade",
    "Datix done, 2 this week",
    "case load 18, up from 16",
    "aged 65 and over on this ward",
    "a 45 year old building, poor heating",
    "95% of sheets read",
    "90 min since last check",
    "average age 52",
    "70/20/10 (Respect Training): prevention first",
    "Q1 2026 vs Q4 2025",
    "agency staff x2, 1 new to ward",
    "talk down worked: one voice, space, choices",
    "visit cancelled, bad news given gently",
    "2-3 people waiting for the phone",
    "4x4 quiet hours, 20-30 mins each",
    "caf\u00e9 open again \u2013 lovely \u2615",
    "NG10 and QS184 poster up",
    "hot water off 3/4 of the day",
    "\u00bd day leave for all who asked",
    "\u00a320 float, \u00a31.50 tea",
    "MSE at 10:00; MDT at 11:00; CPA at 14:00",
    "@ 14:30 garden opened",
    "ward round ran 2 hours late",
    "Sections read at community meeting",
    "12 hour shifts, 37.5 hours a week",
    "hand hygiene 1000 audits since 2019",
    "May I say thank you to nights",
]


def test_corpus_is_large_enough() -> None:
    assert len(IDENTIFIERS) >= 60 and len(set(CLEAN)) == len(CLEAN) >= 60
    assert {kind for _, kind, _ in IDENTIFIERS} == set(_WORDS)


@pytest.mark.parametrize(("line", "kind", "part"), IDENTIFIERS)
def test_identifiers_are_found(line: str, kind: str, part: str) -> None:
    found = [(finding.kind, line[finding.start : finding.end]) for finding in find(line)]
    assert (kind, part) in found, found
    words = refusal(line)
    assert words is not None and " ".join(re.sub("[\u200b]", "", part).split()) in words


@pytest.mark.parametrize("line", CLEAN)
def test_ordinary_lines_pass(line: str) -> None:
    assert [(finding.kind, line[finding.start : finding.end]) for finding in find(line)] == []
    assert refusal(line) is None


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


identifying = st.sampled_from([line for line, _, _ in IDENTIFIERS])
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
