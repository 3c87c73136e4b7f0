"""Which questions a ward's huddles ask: some switched off, up to three of its own added. For its managers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.chat.front import Person
from bot.chat.message import Answers, Form, FormField, Line, Note, Option, SomeOf, Text
from bot.chat.router import Command, FieldErrors, Open, Outcomes, Submit
from bot.handlers.desk import Desk, DeskRouter, reply, ward_from, ward_here
from bot.handlers.setup_save import may_change
from bot.prompts import questions as prompt
from bot.prompts.library import LONGEST_LABEL, MOST_QUESTIONS, Library
from bot.prompts.words import count
from bot.store import wards

FEWEST_ANSWERS, MOST_ANSWERS = 2, 8
PARTED_BY = ";"
INTRO = (
    f"A huddle asks up to {MOST_QUESTIONS} questions, so that it stays within five minutes. The action, who sees to it "
    "and whether anyone is worried are always asked."
)
OWN = (
    f"Up to {prompt.MOST_OWN} questions of your own, about the ward and never about a person, each with a few answers "
    "to choose from."
)
OTHER_WORDS = (
    "Please find other words for this question or its answers: some of these label people, or teach holds, and the bot "
    "leaves such words out."
)
STORED = "What was answered before stays as it was, also when a question is changed or taken away."

Wanted = list[tuple[str, Sequence[str]]]


def register(router: DeskRouter) -> None:
    """What a manager can change (it is opened by `/huddle questions`)."""
    router.on_form("questions", questions_form, save)


async def open_questions(event: Command, desk: Desk) -> Outcomes:
    """The form, filled in with what is asked now."""
    async with desk.store() as session:
        ward = await ward_here(session, event.place)
        await desk.remember(session, event.person, ward)
    return (Open(await questions_form(desk, event.person, {"ward": str(ward.key)})),)


async def questions_form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """The questions to choose from, and the ward's own. Raises `Problem` for anybody but its managers."""
    async with desk.store() as session:
        ward = await ward_from(session, context)
    may_change(ward, person)
    offered = prompt.to_choose_from(desk.library, ward)
    parts: list[FormField | Text | Note] = [
        Text(INTRO),
        SomeOf(
            "asked",
            "Questions to ask",
            tuple(Option(name, short) for name, short in offered.items()),
            initial=tuple(name for name in offered if name not in ward.questions_off),
        ),
        Text(OWN),
    ]
    own = [(one.label, [option.label for option in one.options]) for one in prompt.own_questions(ward)]
    for number in range(1, prompt.MOST_OWN + 1):
        label, answers = own[number - 1] if number <= len(own) else ("", [])
        parts += [
            Line(f"own_{number}", f"Own question {number}", max_length=LONGEST_LABEL, initial=label),
            Line(
                f"answers_{number}",
                f"Answers to question {number}",
                f"{FEWEST_ANSWERS} to {MOST_ANSWERS} of them, parted by {PARTED_BY} like Yes; Not yet; Not today",
                max_length=MOST_ANSWERS * (LONGEST_LABEL + 2),
                initial=f"{PARTED_BY} ".join(answers),
            ),
        ]
    return Form("questions", "Huddle questions", "Save", (*parts, Note(STORED)), context)


async def save(event: Submit, desk: Desk) -> Outcomes:
    """Keep what the ward's huddles ask from now on."""
    errors: dict[str, str] = {}
    wanted = _own(desk.library, event.answers, errors)
    if errors:
        return (FieldErrors(errors),)
    chosen = event.answers["asked"]
    assert isinstance(chosen, tuple)
    async with desk.store() as session:
        ward = await ward_from(session, event.context)
        may_change(ward, event.person)
        changed = ward.model_copy(
            update={
                "questions_off": [name for name in prompt.to_choose_from(desk.library, ward) if name not in chosen],
                "own_questions": prompt.with_own(ward, wanted),
            }
        )
        if words := prompt.too_many(desk.library, changed):
            return (FieldErrors({"asked": words}),)
        ward.questions_off, ward.own_questions = changed.questions_off, changed.own_questions
        await wards.save_ward(session, ward)
    own = count(len(wanted), "question of your own", "questions of your own")
    off = count(len(changed.questions_off), "is switched off", "are switched off")
    return (reply("questions_saved", f"Saved for {ward.name}, from the next huddle form on: {own}, and {off}."),)


def _own(library: Library, answers: Answers, errors: dict[str, str]) -> Wanted:
    """The ward's own questions with their answers; what is wrong goes into `errors` by field."""
    wanted: Wanted = []
    for number in range(1, prompt.MOST_OWN + 1):
        label, given = str(answers[f"own_{number}"] or ""), str(answers[f"answers_{number}"] or "")
        options = [one.strip() for one in given.split(PARTED_BY) if one.strip()]
        if label and label.lower() in (had.lower() for had, _ in wanted):
            errors[f"own_{number}"] = "This question is there already."
        elif options and not label:
            errors[f"own_{number}"] = "Please write the question to these answers, or take the answers out."
        elif label and (words := next(_wrong_with(options), "")):
            errors[f"answers_{number}"] = words
        elif label and prompt.is_unsuitable(library, label, options):
            errors[f"own_{number}"] = OTHER_WORDS
        elif label:
            wanted.append((label, options))
    return wanted


def _wrong_with(options: Sequence[str]) -> Iterator[str]:
    if not FEWEST_ANSWERS <= len(options) <= MOST_ANSWERS:
        yield (
            f"Please write {FEWEST_ANSWERS} to {MOST_ANSWERS} answers, parted by {PARTED_BY} (there "
            f"{'is' if len(options) == 1 else 'are'} {count(len(options), 'answer', 'answers')} now)."
        )
    if long := [one for one in options if len(one) > LONGEST_LABEL]:
        yield f"Please keep each answer to {LONGEST_LABEL} characters; “{long[0][:20]}…” has {len(long[0])}."
    if len({one.lower() for one in options}) < len(options):
        yield "Two of these answers are the same."
