"""The huddle's form: opened, filled in with what was said, kept, and shown in the channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.chat.front import Destination, Person, typed
from bot.chat.message import Answers, Form, FormField, Line, Message, Note, OneOf, Option, SomeOf, Text
from bot.chat.router import FieldErrors, Open, Outcomes, Problem, Replace, Shown, Submit, Tap
from bot.handlers import checks
from bot.handlers.desk import NOT_HERE, Desk, DeskRouter, reply, tapped, ward_from, ward_here
from bot.prompts import checks as weekly
from bot.prompts import huddle as prompt
from bot.prompts.library import HuddleSet, Question
from bot.prompts.questions import asked, known
from bot.prompts.shift import on_shift, still_on
from bot.schedule.planner import occurrence as new_occurrence
from bot.store import checks as counts
from bot.store import huddles, ledger, wards
from bot.store.database import Session
from bot.store.tables import EXTRA, Action, Huddle, Occurrence, Ward

ANSWERED_WITHIN = timedelta(hours=12)
"""For how long a huddle can be answered and changed where no shift was on: later it would tell of another one."""
GRACE = timedelta(hours=1)
"""Who opened the form within the shift may still send it for so long."""
OVER = (
    "This huddle's time has passed: its shift is over, so it stays as it is. Thank you all the same. "
    "For a huddle now, type {start}."
)
OWN_WORDS = "action_words"
ACTION_LENGTH = 140
THANKS = "Thank you. Its action comes first at the next huddles, for a week, until somebody marks it done."
THANKS_TOGETHER = "Thank you. Somebody finished this huddle while you were in it; your answers were added to theirs."


def register(router: DeskRouter) -> None:
    """What people can do with the form."""
    router.on_tap("huddle_start", start)
    router.on_tap("huddle_now", start_now)
    router.on_form("huddle", form, submit)
    router.on_shown(shown)


async def start(tap: Tap, desk: Desk) -> Outcomes:
    """The form, with what was said already filled in, for as long as the huddle's shift is on."""
    async with desk.store() as session:
        occurrence, ward, _ = await tapped(session, desk, tap)
    must_be_on(ward, occurrence, desk.clock())
    return (Open(await form(desk, tap.person, {"ward": str(ward.key), "occurrence": str(occurrence.key)})),)


async def start_now(tap: Tap, desk: Desk) -> Outcomes:
    """The form of a huddle beside the plan."""
    async with desk.store() as session:
        ward = await ward_here(session, tap.place)
        await desk.remember(session, tap.person, ward)
    return (Open(await form(desk, tap.person, beside_the_plan(desk, ward))),)


def beside_the_plan(desk: Desk, ward: Ward) -> dict[str, str]:
    """The form's context for a huddle that nobody planned."""
    return {"ward": str(ward.key), "occurrence": "", "slot": f"{desk.now_at(ward):%H:%M}"}


def must_be_on(ward: Ward, occurrence: Occurrence, now: datetime) -> None:
    """Raises `Problem` once the huddle's shift is over."""
    if not still_on(ward, occurrence.due_at, now, otherwise=ANSWERED_WITHIN):
        raise Problem(OVER.format(start=typed("huddle start", ward.front)))


async def form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """The huddle's questions, from the set for the hour of its prompt.

    `context`: `ward` and `occurrence` (empty, with `slot`, for a huddle beside the plan). Added when the form is
    opened: `seen`, the version of the answers that were filled in, so that a second person's answers are added and not
    laid over; `checks`, not empty where the weekly checks are asked too; `asked`, the questions' names, so that no
    answer is lost, and none is missed, where the ward changes its questions meanwhile.
    """
    filled: Huddle | None = None
    decided: Sequence[Action] = ()
    async with desk.store() as session:
        ward = await ward_from(session, context)
        if context["occurrence"]:
            occurrence = await ledger.occurrence_by_id(session, int(context["occurrence"]))
            if occurrence is None:
                raise Problem("This huddle is no longer here, so nothing was changed.")
            filled = await huddles.huddle_of(session, occurrence.key)
            decided = await huddles.actions_of(session, filled.id or 0) if filled else ()
            slot, on, due_at = occurrence.slot, occurrence.local_date, occurrence.due_at
        else:
            slot, on, due_at = context["slot"], on_shift(ward, desk.clock()).date, desk.clock()
        with_checks = context.get("checks")
        if with_checks is None:
            with_checks = "yes" if await weekly.asked_at(session, ward, on, due_at) else ""
        counted = await counts.latest(session, ward.key, on, on) if with_checks else {}
    huddle_set = prompt.set_at(desk.library, slot, on)
    before = filled.answers if filled else {}
    fields: list[FormField | Text | Note] = [Text(huddle_set.intro)]
    questions = _asked(huddle_set, ward, context)
    for question in questions:
        fields.append(_field(question, before.get(question.name)))
        if question.name == "action":
            hint = "Instead of the list. No names, no details of a person."
            offered = {option.label for option in question.options}
            own = next((action.text for action in reversed(decided) if action.text not in offered), "")
            fields.append(Line(OWN_WORDS, "Or in your own words", hint, max_length=ACTION_LENGTH, initial=own))
    if with_checks:
        fields += checks.fields(counted)
    fields.append(Note(prompt.NOT_THE_RECORD))
    seen = context.get("seen", str(filled.version if filled else 0))
    names = " ".join(question.name for question in questions)
    opened = {**context, "seen": seen, "checks": with_checks, "asked": names}
    return Form("huddle", huddle_set.title, "Finish huddle", tuple(fields), opened)


def _asked(huddle_set: HuddleSet, ward: Ward, context: Mapping[str, str]) -> Sequence[Question]:
    """What a form asks: once it is open what it then asked, whatever the ward asks by now."""
    if "asked" not in context:
        return asked(huddle_set, ward)
    names = context["asked"].split()
    return [question for question in known(huddle_set, ward) if question.name in names]


def _field(question: Question, before: object) -> FormField:
    if question.ask == "some_of":
        chosen = tuple(str(one) for one in before) if isinstance(before, list) else ()
        return SomeOf(question.name, question.label, question.options, required=question.required, initial=chosen)
    initial = before if isinstance(before, str) else None
    if question.name == "action":  # it may be in one's own words instead
        hint = "Choose one, or write your own below: one is needed."
        return OneOf(question.name, question.label, question.options, hint, required=False, initial=initial)
    return OneOf(question.name, question.label, question.options, required=question.required, initial=initial)


async def submit(event: Submit, desk: Desk) -> Outcomes:
    """Keep the huddle, turn the prompt into its summary, thank the person."""
    answers = event.answers
    counted, errors = checks.read(answers)
    if not answers["action"] and not answers[OWN_WORDS]:
        errors["action"] = "Please choose one thing to do, or write one below."
    if errors:
        return (FieldErrors(errors),)
    async with desk.store() as session:
        ward = await ward_from(session, event.context)
        occurrence = await _occurrence_of(session, desk, ward, event)
        if not await desk.first_time(session, "form", event.once):
            message = await prompt.build(session, desk.supplies, ward, occurrence)
            return (
                *in_channel(ward, occurrence, message),
                reply("already", "This huddle was saved already. Thank you."),
            )
        must_be_on(ward, occurrence, max(occurrence.due_at, desk.clock() - GRACE))
        huddle_set = prompt.set_for(desk.library, occurrence)
        given = {question.name: answers.get(question.name) for question in _asked(huddle_set, ward, event.context)}
        decided = actions_of(huddle_set, ward, answers, occurrence)
        huddle = await huddles.huddle_of(session, occurrence.key)
        together = huddle is not None and not huddle.skip_reason and str(huddle.version) != event.context["seen"]
        if huddle is None:
            huddle = Huddle(
                ward_id=ward.key,
                occurrence_id=occurrence.key,
                local_date=occurrence.local_date,
                huddle_set=huddle_set.id,
                answers=given,
            )
        else:
            earlier = await huddles.actions_of(session, huddle.id or 0)
            decided = _with_earlier(earlier, decided, keep=together)
            # an answer to what is not asked any more stays
            huddle.answers = _together(huddle.answers, given) if together else {**huddle.answers, **given}
            huddle.skip_reason = None
            huddle.version += 1
        await huddles.save_huddle(session, huddle, decided)
        if event.context["checks"]:
            await checks.save(session, huddle, counted, keep=together)
        message = await prompt.build(session, desk.supplies, ward, occurrence)
    thanks = THANKS_TOGETHER if together else THANKS
    return (*in_channel(ward, occurrence, message), reply("huddle_thanks", thanks))


def in_channel(ward: Ward, occurrence: Occurrence, message: Message) -> Outcomes:
    """The prompt's new face, if it is in the channel already (a huddle beside the plan is posted by the sender)."""
    if not occurrence.posted:
        return ()
    return (Replace(message, Destination(ward.front, occurrence.posted), about=str(occurrence.key)),)


async def shown(event: Shown, desk: Desk) -> Outcomes:
    """Note where a huddle's message is, if it had to be posted anew; and replace it again where, of two changes at the
    same moment, the older was shown last."""
    async with desk.store() as session:
        occurrence = await ledger.occurrence_by_id(session, int(event.about))
        ward = await wards.ward_by_id(session, occurrence.ward_id) if occurrence else None
        if occurrence is None or ward is None:
            return ()
        if occurrence.posted != dict(event.at.address):
            await ledger.set_posted(session, occurrence.key, event.at.address)
        message = await prompt.build(session, desk.supplies, ward, occurrence)
    return () if message == event.message else (Replace(message, event.at, event.about),)


async def _occurrence_of(session: Session, desk: Desk, ward: Ward, event: Submit) -> Occurrence:
    """The occurrence of a submitted huddle, locked; one beside the plan is put in the ledger."""
    key = int(event.context["occurrence"] or 0)
    if not key:
        slot = EXTRA + event.context["slot"]
        await ledger.write_occurrence(session, new_occurrence(ward, "huddle", slot, desk.clock()))
        added = await ledger.occurrence_at(session, ward.key, "huddle", on_shift(ward, desk.clock()).date, slot)
        key = added.key if added else 0
    found = await ledger.lock_occurrence(session, key)
    if found is None or found.ward_id != ward.key:
        raise Problem(NOT_HERE)
    return found


def actions_of(huddle_set: HuddleSet, ward: Ward, answers: Answers, occurrence: Occurrence) -> list[Action]:
    """The action that a huddle's answers decide: from the list, or in its own words (both, if both were given)."""
    questions = {question.name: question for question in huddle_set.questions}
    owner = _label(questions["owner"].options, answers.get("owner"))
    texts = (_label(questions["action"].options, answers["action"]), str(answers[OWN_WORDS]))
    return [
        Action(ward_id=ward.key, huddle_id=0, text=text, owner_role=owner, opened_on=occurrence.local_date)
        for text in texts
        if text
    ]


def _label(options: tuple[Option, ...], value: object) -> str:
    return next((option.label for option in options if option.value == value), "")


def _with_earlier(earlier: Sequence[Action], decided: Sequence[Action], *, keep: bool) -> list[Action]:
    """The actions of a huddle that is answered again: all if two people answered, else the new for the old.

    One that reads the same stays as it is, and one already closed is never lost.
    """
    wanted = {(one.text, one.owner_role) for one in decided}
    kept = [one for one in earlier if keep or one.closed_on or (one.text, one.owner_role) in wanted]
    had = {(one.text, one.owner_role) for one in kept}
    return [*kept, *(one for one in decided if (one.text, one.owner_role) not in had)]


def _together(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Two people's answers as one: lists joined; of single answers the later, where given; a worry stays."""
    both = dict(earlier)
    for name, given in later.items():
        before = earlier.get(name)
        if isinstance(before, list):
            both[name] = list(dict.fromkeys([*before, *given]))
        elif given and not (name == "worried" and before == "yes"):
            both[name] = given
    return both
