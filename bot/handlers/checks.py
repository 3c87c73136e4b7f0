"""The weekly checks in a huddle's form: what they ask, and what was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.chat.message import Answers, FormField, Line, OneOf, Option, Text
from bot.prompts.checks import COUNTED, ENVIRONMENT, MEASURES
from bot.store import checks
from bot.store.database import Session
from bot.store.tables import Huddle, WardCheck

MOST = 99
ONCE_A_WEEK = "Once a week, in numbers and without names. Leave empty what nobody can say just now."
NOT_A_NUMBER = f"Please write a whole number from 0 to {MOST}, or leave it empty."
BOTH = "Please write both numbers, or leave both empty."
YES_NO = (Option("yes", "Yes"), Option("no", "Not yet"))

Counted = Mapping[str, tuple[int, int] | None]
"""Done and total by measure; None where nothing was said."""


def fields(before: Mapping[str, WardCheck]) -> Iterator[FormField | Text]:
    """What is asked, filled in with what was counted before."""
    yield Text(ONCE_A_WEEK)
    for measure, what in COUNTED.items():
        had = before.get(measure)
        done, total = (str(had.done), str(had.total)) if had else ("", "")
        yield Line(f"{measure}_done", f"{what} that are up to date", max_length=4, initial=done)
        yield Line(f"{measure}_total", f"{what} there are in all", max_length=4, initial=total)
    had = before.get(ENVIRONMENT)
    ticked = ("yes" if had.done else "no") if had else None
    asked = "Is this week's low-arousal environment checklist done?"
    yield OneOf(ENVIRONMENT + "_check", asked, YES_NO, required=False, initial=ticked)


def read(answers: Answers) -> tuple[Counted, dict[str, str]]:
    """What was counted, and what is wrong with it by field."""
    counted: dict[str, tuple[int, int] | None] = {}
    errors: dict[str, str] = {}
    for measure in COUNTED:
        counted[measure] = _read_counted(measure, answers, errors)
    environment = answers.get(ENVIRONMENT + "_check")
    counted[ENVIRONMENT] = (int(environment == "yes"), 1) if environment else None
    return counted, errors


def _read_counted(measure: str, answers: Answers, errors: dict[str, str]) -> tuple[int, int] | None:
    names = (f"{measure}_done", f"{measure}_total")
    given = [str(answers.get(name) or "") for name in names]
    wrong = {name: NOT_A_NUMBER for name, text in zip(names, given, strict=True) if text and not _is_number(text)}
    if not wrong and any(given) and not all(given):
        wrong = {name: BOTH for name, text in zip(names, given, strict=True) if not text}
    if wrong or not any(given):
        errors.update(wrong)
        return None
    done, total = map(int, given)
    if done > total:
        errors[names[0]] = f"This is more than the {total} in all: please look at both numbers again."
    return done, total


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= MOST


async def save(session: Session, huddle: Huddle, counted: Counted, *, keep: bool) -> None:
    """Keep what was counted, for the huddle's date; what is empty now is taken back, unless somebody else may have
    said it meanwhile (`keep`)."""
    for measure in MEASURES:
        found = counted[measure]
        if found:
            done, total = found
            check = WardCheck(ward_id=huddle.ward_id, measure=measure, day=huddle.local_date, done=done, total=total)
            await checks.record(session, check)
        elif not keep:
            await checks.forget(session, huddle.ward_id, measure, huddle.local_date)
