"""Finds patient identifiers in a short text, before that text is stored or logged.

Rules catch what has a shape: numbers, dates, addresses, a title with a surname. Names can't be found
reliably by rules: "Jo was upset", "john smith", "dr khan" in small letters, a nickname or a misspelling
pass. So the forms prefer pick lists, and a text that passes here is checked, not proven free of
identifiers. Where a rule must guess it would rather ask once too often. Nothing here stores, logs or sends
what it reads.

Every repeat in the patterns is bounded or can be matched in one way only, so the time grows with the length
of the text and no faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
import re
from typing import Literal
import unicodedata

from nhs_number.validate import is_valid

Kind = Literal[
    "nhs_number",
    "phone",
    "email",
    "postcode",
    "date_of_birth",
    "ni_number",
    "hospital_number",
    "bed_or_room",
    "name",
    "initials",
    "mha_section",
    "age_over_89",
]


@dataclass(frozen=True)
class Finding:
    """A part of the text, `text[start:end]`, that may identify a patient."""

    kind: Kind
    start: int
    end: int


def find(text: str) -> tuple[Finding, ...]:
    """Every identifier in `text`, in reading order; findings never overlap."""
    plain, origin = _plain(text)
    found = list(_by_rule(plain))
    found += _phones(plain, found)
    ends = [max(last + 1, after) for last, after in pairwise(origin)]
    merged = _merged(sorted((origin[start], ends[end - 1], kind) for start, end, kind in found))
    return tuple(Finding(kind, start, end) for start, end, kind in merged)


def refusal(text: str) -> str | None:
    """None when the text is clean; else what to take out and why, in words for the person who wrote it.

    It quotes what was found: show it to the writer only, and never log it.
    """
    found = find(text)
    if not found:
        return None
    parts = list(dict.fromkeys(_part(finding.kind, text[finding.start : finding.end]) for finding in found))
    shown, more = parts[:_MOST_QUOTED], parts[_MOST_QUOTED:]
    if more:
        listed = ", ".join(shown) + " and the others like these"
    else:
        listed = " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
    they = "they" if len(parts) > 1 else "it"
    return (
        f"Please take out {listed}: {they} could point to a patient, "
        "and no patient details may be kept here. What you typed is still in the box."
    )


def pointed_out(text: str) -> str | None:
    """None when the text is clean; else what to take out, each part by its first letters alone.

    For an answer that itself is kept, such as a message in a chat: it must not hold what it asks to take out.
    """
    parts = dict.fromkeys(_hinted(one.kind, text[one.start : one.end]) for one in find(text))
    shown = list(parts)[:_MOST_QUOTED]
    more = " and others like these" if len(parts) > len(shown) else ""
    return ", ".join(shown) + more if parts else None


# --- the table --------------------------------------------------------------------------------------------

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:18|19|20)\d\d(?!\d)"
_DAY_MONTH = (
    rf"(?:{_DAY}[\s-]?(?:of\s)?{_MONTH}\b"
    rf"|\b{_MONTH}\s{_DAY}(?!\d)|{_DAY}/(?:0?[1-9]|1[0-2])(?!\d))"
)
_NUMBER_WORD = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen)"
_GAP = r"[\s.,:/_+•·-]{0,5}"
_LABEL = (  # what may stand between "MRN" and its digits
    r"(?:[\s:.#-]{0,3}(?:no|num|number|nr|id|ref|reference|is|was|done|raised|filed|submitted)\b){0,2}"
    r"[\s:.#=-]{0,3}"
)
_SECTION = (
    r"\b(?:cto\b|s(?:ec(?:tion)?)?[.\s]{0,2}"
    r"(?:2|3|4|5\s?\([24]\)|5[.][24]|7|17a|35|36|37|37/41|38|41|45a|47|47/49|48|48/49|135|136)(?!\w))"
)
_HOURS = re.compile(r"(?<!\d)(?:[01]\d|2[0-3])\.?[0-5]\d\s?-\s?(?:[01]\d|2[0-3])\.?[0-5]\d(?!\d)")
_CLOCK = re.compile(rf"{_HOURS.pattern}|(?<![\d.])(?:[01]?\d|2[0-3])\.[0-5]\d(?![.\d])")
_LETTER = r"[^\W\d_]"
_SURNAME = rf"{_LETTER}(?:{_LETTER}|['-](?={_LETTER})){{0,40}}"
_PARTICLE = r"(?:van|von|de|der|den|da|di|del|della|dos|du|la|le|el|al|bin|ibn|abu|ter|st)"
_NAMED = (
    rf"(?:(?i:{_PARTICLE})\s){{0,2}}(?P<name>{_SURNAME})"
    r"(?:\s[A-Z](?:'[A-Z])?[a-z]{1,40}(?:-[A-Z]?[a-z]{1,40})?){0,2}"
)
_NINETY = r"(?:9\d|1[01]\d|ninety(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?)"
_POSTCODE_AREA = (
    r"(?:A[BL]|B[ABDHLNRST]?|C[ABFHMORTVW]|D[ADEGHLNTY]|E[CHNX]?|F[KY]|G[LUY]?|H[ADGPRSUX]|I[GMPV]|JE|K[ATWY]"
    r"|L[ADELNSU]?|M[EKL]?|N[EGNPRW]?|O[LX]|P[AEHLOR]|R[GHM]|S[AEGKLMNOPRSTWY]?"
    r"|T[ADFNQRSW]|UB|W[ACDFNRSV]?|YO|Z[EZ])"
)
_STATE = (
    r"(?:aggressive|agitated|angry|anxious|assaulted|calm|calmer|confused|distressed|hostile|paranoid|restless"
    r"|restrained|secluded|settled|shouting|suicidal|tearful|threatening|unsettled|unwell|upset|violent)"
)


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Short forms that look like initials, and are not a person.
_ABBREVIATIONS = _listed(
    "ac ae ak aka am an as at bd be bp by cc cd co ct cv dd do ed eg em fm gi go gp he hr ia ic id ie "
    "if im in ip is it iv la ld ma me mh mha mo my na nb nbm nhs ni nr od ok om on op or ot pa pc pd pe "
    "pi pm po pr prn qds qi rc rn rt sc si sl so su sw ta tb td tds to tv uk un up us uv vs wc we wef"
)
# Of those, the ones that are written with dots.
_DOTTED = _listed(
    "ac ae am bd cd cv eg hr ia ic id ie im ip iv mo na nb nbm ng nhs ni od ok om on op pa pc pm po pr prn qds qi "
    "sc sl so sos ta td tds tv uk up vs wc wef"
)
# Words that follow a title, "Nurse" or "A." and are no surname.
_NOT_SURNAMES = _listed(
    "a african after all also an and angiogram are as asian asked associate associates at available aware back "
    "based been bleep booked both but by call called calm came can charge checked clinic consultant could "
    "cover covering did does during excel factor flare for from gave given good had handover has have he her "
    "him his how huddle if imaging in informed into is it late lead led left manager managers may me meal "
    "meals meeting meetings new night no not nurse nurses of off office on oncall one or our out outlook "
    "patient patients plan planned please practitioner prescribed present prn pt pts rang report reports "
    "request result results review reviewed reviewing round rounds said saw scan scanner scans see seen shared "
    "she shift should slot society some specialist spoke staff student support team teams that the their them "
    "then there they this through time to today told tomorrow tonight training two under unit up update "
    "updated updates visit visited visiting visits ward was we well went were when which who will with word "
    "would you your"
)
_LETTERED_THINGS = _listed(
    "appendix band block corridor floor hepatitis level option plan side team unit vitamin ward wing zone"
)
_SHARED_ROOMS = _listed(
    "activity board break clinic conference day dining family group interview lounge meeting quiet "
    "seminar sensory staff therapy training treatment tribunal tv visiting visitor visitors waiting"
)


def _word_before(match: re.Match[str]) -> str:
    words = match.string[max(0, match.start() - 30) : match.start()].split()
    return words[-1].lower() if words else ""


def _is_date(match: re.Match[str]) -> bool:
    first, second = int(match["first"]), int(match["second"])
    return 1 <= min(first, second) <= 12 and 1 <= max(first, second) <= 31


def _is_ten_digits(match: re.Match[str]) -> bool:
    """Ten digits one by one or in groups, but no two years, and no "0700-1930" with a count beside it."""
    groups = re.findall(r"\d+", match[0])
    lone, years = sum(len(one) == 1 for one in groups), sum(map(_is_year, groups))
    return lone in (0, 10) and years < 2 and _is_no_time(match)


def _is_no_time(match: re.Match[str]) -> bool:
    return not _HOURS.search(match[0])


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and digits[:2] in ("19", "20")


def _is_name(match: re.Match[str]) -> bool:
    title, name = match["title"], match["name"]
    if title in {"Mr", "Mrs"} and name[0].isupper():  # whoever writes so means a person, be it Mrs Ward
        return True
    if name.lower() in _NOT_SURNAMES or title == "SR":  # also a side room
        return False
    if title.lower() in {"mr", "mrs", "mx"}:
        return True
    if title.lower() == "ms":  # also milliseconds, and multiple sclerosis
        small = name[0].islower() or (len(name) > 1 and name.isupper())
        return not (title == "MS" and small) and not _word_before(match)[-1:].isdigit()
    return not name[0].islower()


def _is_person(match: re.Match[str]) -> bool:
    surname = match["name"].lower()
    return surname not in _NOT_SURNAMES and _word_before(match) not in _LETTERED_THINGS


def _is_initials(match: re.Match[str]) -> bool:
    letters = "".join(filter(str.isalpha, match["letters"]))
    known = _DOTTED if "." in match["letters"] else _ABBREVIATIONS
    return letters != "I" and letters.lower() not in known


def _is_bed_or_room(match: re.Match[str]) -> bool:
    return match["place"].lower() not in {"room", "rm"} or _word_before(match) not in _SHARED_ROOMS


@dataclass(frozen=True)
class _Rule:
    kind: Kind
    pattern: re.Pattern[str]
    genuine: Callable[[re.Match[str]], bool] | None = None


def _rule(kind: Kind, pattern: str, genuine: Callable[[re.Match[str]], bool] | None = None) -> _Rule:
    return _Rule(kind, re.compile(pattern), genuine)


_WORDS: dict[Kind, str] = {
    "nhs_number": "ten-digit number",
    "phone": "phone number",
    "email": "e-mail address",
    "postcode": "postcode",
    "date_of_birth": "full date, which may be a date of birth",
    "ni_number": "National Insurance number",
    "hospital_number": "record or reference number",
    "bed_or_room": "bed or room",
    "name": "name",
    "initials": "initials",
    "mha_section": "section with its date",
    "age_over_89": "age over 89",
}
_LOOKS_VALID = "looks like an NHS number"
_MOST_QUOTED = 4

_RULES: tuple[_Rule, ...] = (
    # NHS, CHI and H&C numbers: ten digits, however they are grouped.
    _rule("nhs_number", rf"\d(?<!\d\d)\d\d{_GAP}\d{{3}}{_GAP}\d{{4}}(?!\d)"),
    _rule("nhs_number", r"\d(?<!\d\d)(?<!\d[.:]\d)(?:[\s.-]{0,3}\d){9}(?![.:]?\d)", _is_ten_digits),
    _rule(
        "nhs_number",
        rf"(?i)\b(?:nhs|chi|h\s?&\s?c|hcn)\s?(?:no|num|number)\b{_LABEL}\d(?:[\s.-]{{0,2}}\d){{5,11}}(?!\d)",
    ),
    _rule("phone", r"(?:\+|(?<!\d)00)\d(?:[\s.()-]{0,3}\d){8,13}(?!\d)"),
    _rule("phone", r"0(?<!\d0)\d{4}(?:[\s.-]?\d){5,6}(?!\d)"),
    _rule("phone", r"0(?<!\d0)\d{3}(?:[\s.-]?\d){6,7}(?![.:]?\d)", _is_no_time),
    _rule("phone", r"0(?<!\d0)\d{2,3}[\s.-](?:\d{3}[\s.-]?\d{3,4}|\d{4}[\s.-]?\d{4})(?!\d)"),
    _rule("phone", r"\(0\d{2,4}\)(?:[\s.-]?\d){5,8}(?!\d)"),
    _rule(
        "phone",
        r"(?i)\b(?:tel|telephone|phone|mob|mobile)(?:\s(?:no|number))?[\s.:]{0,3}\d(?:[\s.-]?\d){5,11}(?!\d)",
    ),
    _rule(
        "email",
        r"(?i)(?<![\w.+%'-])[\w.+%'-]++(?:@|\s?@\s?(?=[a-z])|\s?\[at\]\s?|\s?\(at\)\s?)[a-z\d-]{1,63}(?:(?:\.|\s?\(dot\)\s?)[a-z\d-]{1,63}){1,6}",
    ),
    _rule(
        "email",
        r"(?i)(?<![\w.+%'-])[\w.+%'-]++\sat\s[a-z\d-]{1,63}(?:\.|\sdot\s)(?:[a-z\d-]{1,63}(?:\.|\sdot\s)){0,4}"
        r"(?:com|org|net|uk|ie|eu)(?![\w-])",
    ),
    _rule(
        "postcode",
        rf"(?i)(?<![a-z\d]){_POSTCODE_AREA}\d[a-z\d]?(?:\s{{0,2}}|[./\u2013-])\d"
        r"(?!(?-i:st|nd|rd|th|hr|pt|bd|td))[abd-hjlnp-uw-z]{2}(?![a-z\d])"
        r"|(?<![a-z\d])zz99\s{0,2}\d[a-z]{2}(?![a-z\d])",  # where there is no address
    ),
    _rule(
        "date_of_birth",
        rf"(?<![\d/.])(?P<first>\d{{1,2}})\s?[/|.\s-]\s?(?P<second>\d{{1,2}})\s?[/|.\s-]\s?{_YEAR}",
        _is_date,
    ),
    _rule("date_of_birth", r"(?<![\d/.])(?P<first>\d{1,2})/(?P<second>\d{1,2})/\d\d(?![\d/])", _is_date),
    _rule(
        "date_of_birth",
        r"(?<![\d/.-])(?P<first>\d\d)(?P<s>[.-])(?P<second>\d\d)(?P=s)\d\d(?![\d.-])",
        _is_date,
    ),
    _rule(
        "date_of_birth",
        r"(?<![\d/.-])(?P<first>\d{1,2})\.(?P<second>\d{1,2})\.(?:3[2-9]|[4-9]\d)(?![\d.])",
        _is_date,
    ),
    _rule(
        "date_of_birth",
        r"(?<!\d)(?:18|19|20)\d\d(?P<s>[/.-])(?P<second>\d{1,2})(?P=s)(?P<first>\d{1,2})(?!\d)",
        _is_date,
    ),
    # A year of two digits only where it is no day, hour or count: "12-Mar-04", "12 March '04", "12 mar 54".
    _rule(
        "date_of_birth",
        rf"(?i)(?=\d){_DAY}(?P<s>[\s/.-]?)\s?(?:of\s)?{_MONTH}"
        rf"(?:[\s/.,-]{{0,3}}{_YEAR}|(?=[/.-])(?P=s)\d\d(?![\d:.])|\s?'\d\d(?!\d)"
        r"|\s?(?:3[2-9]|[4-9]\d)(?![\d:.%]|\s?(?:min|hour|hr|people|staff|patients)))",
    ),
    _rule("date_of_birth", rf"(?i)(?=[jfmasond])\b{_MONTH}[\s.]{{0,2}}{_DAY}[\s,]{{1,3}}{_YEAR}"),
    _rule(
        "date_of_birth",
        r"(?i)\b(?:d\.?o\.?b\b\.?|date\sof\sbirth|birth\s?date)(?:\s(?:is|was|the|on)){0,2}[\s:=-]{0,4}"
        rf"(?:\d{{1,8}}(?:st|nd|rd|th)?(?:(?:[\s/.-]{{1,2}}|\sof\s)(?:\d{{1,4}}|{_MONTH})){{0,2}}|{_MONTH})",
    ),
    _rule(
        "date_of_birth",
        r"(?i)(?<![\d/.])\d{1,2}[\s/.-]\d{1,2}[\s/.-]\d\d(?:\d\d)?[\s,(]{1,2}(?:d\.?o\.?b\b|date\sof\sbirth)",
    ),
    _rule(
        "date_of_birth",
        r"(?i)\b(?:born|birthday)(?:\s(?:is|was|on|in)){0,2}[\s:]{1,2}"
        rf"(?:{_YEAR}|{_DAY_MONTH}|{_MONTH}\s{_YEAR})",
    ),
    _rule(
        "ni_number",
        r"(?<![A-Za-z\d])[A-Z]{2}(?:(?:[\s./-]?\d\d){3}|(?:[\s./-]?\d{3}){2})[\s./-]?[A-D](?![A-Za-z\d])",
    ),
    _rule(
        "ni_number",
        r"(?i)(?<![a-z\d])[a-z]{2}(?:\d{6}\s?[a-d]|\d\d\s\d\d\s\d\d\s?[a-d]|\s\d\d\s\d\d\s\d\d\s?[b-d]"
        r"|-?\d\d-\d\d-\d\d-?[a-d])(?![a-z\d])",
    ),
    _rule(
        "hospital_number",
        r"(?i)(?=[mrpdschuiel])\b(?:mrn|crn|rio|pas|pmi|epr|emis|datix|ulysses|systmone|carenotes|paris|lorenzo|cerner"
        r"|(?:hosp|patient|pt)\s?id"
        r"|(?:hosp|hospital|case|unit|patient|pt|record|incident)[\s.]{1,2}(?:no|num|number|id|ref)\b|case\s?notes?(?:\s(?:no|num|number)\b)?)"
        rf"{_LABEL}[a-z]{{0,4}}[\s/-]?(?!(?:19|20)\d\d(?!\d))"
        r"\d[\s/-]?\d[\s/-]?\d\d{0,12}(?:[\s/-]?\d{2,6}){0,3}(?![\d:])",
    ),
    _rule(
        "hospital_number",
        r"(?i)\b(?:ref|reference|log|cad)\b(?:[\s.]{1,2}(?:no|num|number|id)\b)?[\s:.#-]{0,3}"
        r"[a-z]{0,4}[/-]?(?!(?:19|20)\d\d(?!\d))\d{4,}(?![\d:])",
    ),
    _rule("hospital_number", r"(?<![A-Za-z\d])[A-Za-z]{0,4}[/-]?\d{6,}[A-Za-z]?"),
    _rule(
        "bed_or_room",
        r"(?i)(?=[brscp])\b(?P<place>bed|bay|room|rm|side[\s-]?room|bedroom|bed\s?space|cubicle|cot|pod)\s?"
        r"(?:(?:no|number|num)\b\.?)?[\s#:-]{0,2}"
        r"(?:[a-z]?\d{1,3}[a-z]?\b(?![:.]\d|\s?%|\s?(?:am|pm|hrs?|hours?|mins?|minutes?|times|nights?|degrees?|deg)\b)"
        r"(?!\s(?:staff|people|patients)\b)"
        rf"|{_NUMBER_WORD}\b(?!\s(?:to|more|of|hour|night|patient|staff|person|time)))",
        _is_bed_or_room,
    ),
    _rule("bed_or_room", r"\b(?i:bed|bay|side[\s-]?room)\s[A-HJ-Z]\b(?![&'])"),
    _rule(
        "bed_or_room",
        r"(?i)\b(?:sr\d{1,2}\b|s/r\s?\d{1,2}\b|(?:beds|bays|rooms)\s\d{1,3}\s?(?:and|&|to|-|,)\s?\d{1,3}\b"
        r"(?!\s?(?:am|pm|hrs?|staff|people|patients)))",
    ),
    _rule("name", rf"(?<!\w)(?P<title>(?i:mrs?|ms|mx|dr|prof|rev|sr))\.\s{{0,3}}{_NAMED}", _is_name),
    _rule(
        "name",
        rf"(?<!\w)(?P<title>(?i:mrs?|ms|miss|mx|dr|doctor|prof|professor|rev|sir|nurse|sister|sr))\s{{1,3}}{_NAMED}",
        _is_name,
    ),
    _rule("name", r"(?<![\w.])[A-Z]\.\s?(?P<name>[A-Z](?:'[A-Z])?[a-z]{2,40})(?!\w)", _is_person),
    _rule(
        "name",
        r"(?<!\w)(?i:named|name\sis|(?:sur|first\s)?name\s?[:=])\s?"
        r"(?P<name>[A-Z][a-z]{1,40})(?:\s[A-Z][a-z]{1,40})?",
        _is_person,
    ),
    _rule("name", r"<@[UW][A-Z\d]{6,20}(?:\|[^>\s]{1,80})?>|(?<![\w@.])@[A-Za-z]{1,40}[._][A-Za-z]{1,40}\b"),
    _rule(
        "initials",
        r"(?<![\w.])(?P<letters>[A-Z]\.(?:[A-Z]\.?){1,2}|[A-Z]\.\s[A-Z]\.|[a-z]\.(?:[a-z]\.){1,2})(?!\w)",
        _is_initials,
    ),
    _rule(
        "initials",
        r"(?<!\w)(?i:pts?|patients?|client|resident|service\suser|su)[\s:]{1,2}"
        r"(?P<letters>[A-Z]{1,2}|[A-Z]\s[A-Z])(?![\w&/'-]|\.\w|\sto\s[A-Z]\b)",
        _is_initials,
    ),
    _rule(
        "initials",
        r"(?<![\w.])(?P<letters>[A-Z]{2})"
        r"(?=\s(?:was|is|became|got|felt|seemed|appeared|remains|remained|very)\s"
        rf"(?:(?:very|more|so|quite|really|still|being)\s)?{_STATE}\b)",
        _is_initials,
    ),
    _rule(
        "mha_section",
        rf"(?i){_SECTION}[^\n]{{0,40}}?(?:{_DAY_MONTH}|\bon\s(?:the\s)?\d{{1,2}}(?:st|nd|rd|th)\b(?!\s(?:of\s)?{_MONTH}))",
    ),
    _rule("mha_section", rf"(?i)(?=[\djfmasond]){_DAY_MONTH}[^\n]{{0,40}}?{_SECTION}"),
    _rule("age_over_89", rf"(?i)\baged?(?:\s(?:of|is))?[\s:=]{{1,3}}{_NINETY}\b(?!\s?(?:min|%))"),
    _rule(
        "age_over_89",
        rf"(?i)(?<![\w.]){_NINETY}[\s-]?(?:(?:years?|yrs?|y)[\s./-]{{0,2}}(?:old|o\b|of\sage)|y/?o\b|y\.o\b)",
    ),
    _rule(
        "age_over_89",
        r"(?i)\b(?:his|her|their)\s(?:(?:early|mid|late)[\s-])?(?:90s|90's|nineties)\b"
        r"|\b(?:9\d|1[01]\d)(?:st|nd|rd|th)\sbirthday",
    ),
    _rule(
        "age_over_89",
        rf"(?i)\b(?:turned|turns|turning)\s{_NINETY}\b(?!\s?(?:deg|%|min))|\b9\d(?-i:[MF])\b|\bcentenarian\b",
    ),
    _rule(
        "age_over_89",
        rf"\b(?:[MF][,/\s]|(?i:male|female|man|woman|lady|gentleman)[,\s])\s?{_NINETY}\b(?![.:/]\d|\s?%|\s(?:min|steps|years))",
    ),
)


def _by_rule(plain: str) -> Iterator[tuple[int, int, Kind]]:
    for rule in _RULES:
        at = 0
        while match := rule.pattern.search(plain, at):
            if rule.genuine is None or rule.genuine(match):
                yield match.start(), match.end(), rule.kind
                at = match.end()
            else:  # "Mr and Mrs Ward": what is no name may have one in it
                at = match.start() + 1


# --- phone numbers the table does not know ----------------------------------------------------------------

_MAYBE_PHONE = re.compile(r"\+\d|(?:\d[\s.()-]{0,3}){2,5}/?\s?(?:\d[\s.()-]{0,3}){6}\d")
"""It spares most lines the matcher, which takes longer than all rules together: "24/7" and hours are no phone."""


def _phones(plain: str, found: list[tuple[int, int, Kind]]) -> Iterator[tuple[int, int, Kind]]:
    left = list(plain)
    for start, end, _ in found:
        left[start:end] = "x" * (end - start)
    plain = _CLOCK.sub(lambda hours: "x" * len(hours[0]), "".join(left))
    if not _MAYBE_PHONE.search(plain):
        return
    from phonenumbers import PhoneNumberMatcher  # here, for its import is slow and most lines need none of it

    for match in PhoneNumberMatcher(plain, "GB"):
        yield match.start, match.end, "phone"


# --- helpers ----------------------------------------------------------------------------------------------


def _merged(found: list[tuple[int, int, Kind]]) -> list[tuple[int, int, Kind]]:
    """Overlapping findings as one, of the longest's kind; of two alike, the one first in `_WORDS`."""
    order = list(_WORDS)
    merged: list[tuple[int, int, Kind]] = []
    longest = 0
    for start, end, kind in found:
        if merged and start < merged[-1][1]:
            first, last, held = merged[-1]
            if end - start > longest or (end - start == longest and order.index(kind) < order.index(held)):
                longest, held = end - start, kind
            merged[-1] = (first, max(last, end), held)
        else:
            merged.append((start, end, kind))
            longest = end - start
    return merged


_SAME = str.maketrans("\u2018\u2019\u201b\u02bc\u00b4`\u2032", "'" * 7)
_FILLERS = "\u115f\u1160\u3164\uffa0\u180e"


def _plain(text: str) -> tuple[str, list[int]]:
    """The text with look-alikes made plain, and for each of its characters the place it came from.

    Full-width and foreign digits become 0 to 9, every dash "-", every space " ", letters lose their accents,
    and what has no width is dropped. The list has one entry more: the length of `text`.
    """
    if text.isascii() and text.isprintable():
        return text, list(range(len(text) + 1))
    plain: list[str] = []
    origin: list[int] = []
    for place, original in enumerate(text):
        for character in unicodedata.normalize("NFKD", original.translate(_SAME)):
            kept = _plain_character(character)
            plain.append(kept)
            origin.extend([place] * len(kept))
    return "".join(plain), [*origin, len(text)]


def _plain_character(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in {"Cf", "Cc", "Mn", "Me"} or character in _FILLERS:
        return ""
    if category == "Pd" or character == "\u2212":
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return "/" if character == "\u2044" else character


def _hinted(kind: Kind, part: str) -> str:
    """`“Mr…” (name)`: enough for whoever wrote it to find it again."""
    shown = "".join(c for c in part if c.isspace() or unicodedata.category(c) not in {"Cf", "Cc"}).strip()
    return f"“{shown[: min(2, len(shown) - 1)]}…” ({_WORDS[kind]})"


def _part(kind: Kind, part: str) -> str:
    shown = "".join(c for c in part if c.isspace() or unicodedata.category(c) not in {"Cf", "Cc"})
    words = _WORDS[kind]
    if kind == "nhs_number" and is_valid("".join(filter(str.isdigit, _plain(part)[0]))):
        words = _LOOKS_VALID
    return f"\u201c{' '.join(shown.split())}\u201d ({words})"
