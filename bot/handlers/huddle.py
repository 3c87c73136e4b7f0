"""Huddles: start, change, skip, undo; and closing the actions that they carried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.chat.front import Destination, Person
from bot.chat.message import Answers, Form, FormField, Line, Message, Note, OneOf, Option, SomeOf, Text
from bot.chat.router import Command, FieldErrors, Open, Outcomes, Problem, Replace, Reply, Shown, Submit, Tap
from bot.handlers import answer, home, setup
from bot.handlers.desk import NOT_HERE, Desk, DeskRouter, reply, tapped, ward_from, ward_here
from bot.prompts import huddle as prompt
from bot.prompts.library import HuddleSet, Question
from bot.schedule.calendar import shift_date
from bot.schedule.planner import occurrence as new_occurrence
from bot.store import huddles, ledger, wards
from bot.store.database import Session
from bot.store.tables import EXTRA, Action, Huddle, Occurrence, Ward

STILL_OPEN = timedelta(hours=6)
"""For how long `/huddle start` means the last prompt and not a new one."""
ANSWERED_WITHIN = timedelta(hours=12)
"""After this long an answer would tell of another shift."""
OWN_WORDS = "action_words"
ACTION_LENGTH = 140
OUTCOMES = {"action_done": "done", "action_dropped": "dropped", "action_reopen": None}
THANKS = "Thank you. Its action comes first at the next huddles, for a week, until somebody marks it done."
THANKS_TOGETHER = "Thank you. Somebody finished this huddle while you were in it; your answers were added to theirs."


def register(router: DeskRouter) -> None:
    """What people can do with huddles."""
    router.on_command("huddle", command)
    router.on_tap("huddle_start", start)
    router.on_tap("huddle_skip", skip)
    router.on_tap("huddle_unskip", unskip)
    for action in OUTCOMES:
        router.on_tap(action, settle_action)
    router.on_form("huddle", form, submit)
    router.on_shown(shown)


async def command(event: Command, desk: Desk) -> Outcomes:
    """`/huddle`, with its first word: start (also alone), skip, setup, leaders, help."""
    word = event.text.split(maxsplit=1)[0].lower() if event.text.strip() else "start"
    return await SUBCOMMANDS.get(word, home.help_here)(event, desk)


async def _start_here(event: Command, desk: Desk) -> Outcomes:
    async with desk.store() as session:
        ward = await ward_here(session, event.place)
        await desk.remember(session, event.person, ward)
        open_prompt = await _open_prompt(session, desk, ward)
        context = {"ward": str(ward.key), "occurrence": str(open_prompt.key) if open_prompt else ""}
        if open_prompt is None:
            context["slot"] = f"{desk.now_at(ward):%H:%M}"
    return (Open(await form(desk, event.person, context)),)


async def _open_prompt(session: Session, desk: Desk, ward: Ward) -> Occurrence | None:
    """The ward's latest prompt, if it still waits for an answer."""
    latest = await ledger.latest_occurrence(session, ward.key, "huddle", desk.clock() - STILL_OPEN)
    huddle = await huddles.huddle_of(session, latest.key) if latest else None
    return None if huddle and not huddle.skip_reason else latest


async def _offer_skip(event: Command, desk: Desk) -> Outcomes:
    async with desk.store() as session:
        ward = await ward_here(session, event.place)
        found = await _open_prompt(session, desk, ward)
    if found is None:
        raise Problem("There is no huddle prompt waiting for an answer here, so there is nothing to skip.")
    words = "Why is there no huddle this time? One tap, and it can be undone."
    return (Reply(Message("huddle_skip", words, (Text(words), prompt.skip_buttons(desk.library, found)))),)


SUBCOMMANDS = {
    "start": _start_here,
    "skip": _offer_skip,
    "reports": answer.show,
    "setup": setup.open_setup,
    "leaders": setup.open_leaders,
}


async def start(tap: Tap, desk: Desk) -> Outcomes:
    """The form, with what was said already filled in."""
    async with desk.store() as session:
        occurrence, ward, _ = await tapped(session, desk, tap)
    if desk.clock() > occurrence.due_at + ANSWERED_WITHIN:
        raise Problem("This huddle's time has passed, so it can't be answered any more. You can start one for now.")
    return (Open(await form(desk, tap.person, {"ward": str(ward.key), "occurrence": str(occurrence.key)})),)


async def form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """The huddle's questions, from the set for the hour of its prompt.

    `context`: `ward` and `occurrence` (empty, with `slot`, for a huddle beside the plan); `seen` is added: the version
    of the answers that were filled in, so that a second person's answers are added and not laid over.
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
            slot = occurrence.slot
        else:
            slot = context["slot"]
    huddle_set = prompt.set_at(desk.library, slot)
    before = filled.answers if filled else {}
    fields: list[FormField | Text | Note] = [Text(huddle_set.intro)]
    for question in huddle_set.questions_for(ward.specialty):
        fields.append(_field(question, before.get(question.name)))
        if question.name == "action":
            hint = "Instead of the list. No names, no details of a person."
            offered = {option.label for option in question.options}
            own = next((action.text for action in reversed(decided) if action.text not in offered), "")
            fields.append(Line(OWN_WORDS, "Or in your own words", hint, max_length=ACTION_LENGTH, initial=own))
    fields.append(Note(prompt.NOT_THE_RECORD))
    seen = context.get("seen", str(filled.version if filled else 0))
    return Form("huddle", huddle_set.title, "Finish huddle", tuple(fields), {**context, "seen": seen})


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
    if not answers["action"] and not answers[OWN_WORDS]:
        return (FieldErrors({"action": "Please choose one thing to do, or write one below."}),)
    async with desk.store() as session:
        ward = await ward_from(session, event.context)
        occurrence = await _occurrence_of(session, desk, ward, event)
        if not await desk.first_time(session, "form", event.once):
            message = await prompt.build(session, desk.library, ward, occurrence)
            return (*_shown(ward, occurrence, message), reply("already", "This huddle was saved already. Thank you."))
        huddle_set = prompt.set_for(desk.library, occurrence)
        given = {question.name: answers.get(question.name) for question in huddle_set.questions_for(ward.specialty)}
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
            huddle.answers = _together(huddle.answers, given) if together else given
            huddle.skip_reason = None
            huddle.version += 1
        await huddles.save_huddle(session, huddle, decided)
        message = await prompt.build(session, desk.library, ward, occurrence)
    thanks = THANKS_TOGETHER if together else THANKS
    return (*_shown(ward, occurrence, message), reply("huddle_thanks", thanks))


def _shown(ward: Ward, occurrence: Occurrence, message: Message) -> Outcomes:
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
        message = await prompt.build(session, desk.library, ward, occurrence)
    return () if message == event.message else (Replace(message, event.at, event.about),)


async def _occurrence_of(session: Session, desk: Desk, ward: Ward, event: Submit) -> Occurrence:
    """The occurrence of a submitted huddle, locked; one beside the plan is put in the ledger."""
    key = int(event.context["occurrence"] or 0)
    if not key:
        slot = EXTRA + event.context["slot"]
        await ledger.write_occurrence(session, new_occurrence(ward, "huddle", slot, desk.clock()))
        added = await ledger.occurrence_at(session, ward.key, "huddle", shift_date(ward, desk.clock()), slot)
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
    asked = {(one.text, one.owner_role) for one in decided}
    kept = [one for one in earlier if keep or one.closed_on or (one.text, one.owner_role) in asked]
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


async def skip(tap: Tap, desk: Desk) -> Outcomes:
    """Note why there was no huddle. One already held stays held."""
    async with desk.store() as session:
        occurrence, ward, reason = await tapped(session, desk, tap)
        if reason not in {option.value for option in desk.library.pick_lists.skip_reason}:
            raise Problem(NOT_HERE)
        if await huddles.huddle_of(session, occurrence.key) is None:
            skipped = Huddle(
                ward_id=ward.key,
                occurrence_id=occurrence.key,
                local_date=occurrence.local_date,
                huddle_set=prompt.set_for(desk.library, occurrence).id,
                skip_reason=reason,
                answers={},
            )
            await huddles.save_huddle(session, skipped)
        return _shown(ward, occurrence, await prompt.build(session, desk.library, ward, occurrence))


async def unskip(tap: Tap, desk: Desk) -> Outcomes:
    """Take a skip back."""
    async with desk.store() as session:
        occurrence, ward, _ = await tapped(session, desk, tap)
        await huddles.unskip(session, occurrence.key)
        return _shown(ward, occurrence, await prompt.build(session, desk.library, ward, occurrence))


async def settle_action(tap: Tap, desk: Desk) -> Outcomes:
    """Close an action that the prompt carried, as done or no longer needed, or open it again."""
    outcome = OUTCOMES[tap.action]
    async with desk.store() as session:
        occurrence, ward, rest = await tapped(session, desk, tap)
        action = await huddles.action_by_id(session, int(rest)) if rest.isdigit() else None
        if action is None or action.ward_id != ward.key:
            raise Problem(NOT_HERE)
        action.outcome = outcome
        action.closed_on = desk.now_at(ward).date() if outcome else None
        await session.flush()
        shown = _shown(ward, occurrence, await prompt.build(session, desk.library, ward, occurrence))
    answer = Reply(prompt.closed(occurrence, action)) if outcome else reply("action_open", f"Open again: {action.text}")
    return (*shown, answer)
