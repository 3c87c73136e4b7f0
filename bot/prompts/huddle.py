"""The huddle in the channel: the prompt with open actions first, then what was held, or why it was skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time

from bot.chat.message import Button, Buttons, Divider, Facts, Heading, Message, Note, Part, Text
from bot.prompts import bank_holidays, checks, snooze
from bot.prompts.actions import done_by, open_parts
from bot.prompts.library import HuddleSet, Library, Question
from bot.prompts.questions import ALWAYS, known
from bot.prompts.supplies import Supplies
from bot.prompts.words import count
from bot.store import checks as counts
from bot.store import huddles
from bot.store.database import Session
from bot.store.tables import Action, Huddle, Occurrence, Ward, WardCheck

NOT_THE_RECORD = (
    "About the ward, never about one person. It is not the handover or the formal record. "
    "In an emergency use your alarm or call for help as your ward does: nobody is watching this channel."
)


async def build(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """The message of a huddle occurrence as things stand now."""
    library = supplies.library
    huddle_set = set_for(library, occurrence)
    huddle = await huddles.huddle_of(session, occurrence.key)
    still_open = await huddles.open_actions(session, ward.key, occurrence.local_date)
    if huddle is None:
        message = _prompt(library, huddle_set, occurrence, still_open)
        message = bank_holidays.on_its_day(message, bank_holidays.HUDDLE, ward.nation, occurrence.local_date)
        until = await snooze.until(session, ward, occurrence)
        return snooze.asleep(message, occurrence, until) if until else message
    if huddle.skip_reason:
        return _skipped(library, huddle_set, occurrence, huddle.skip_reason, still_open)
    rows = await rows_of(session, library, ward, occurrence, huddle)
    actions = await huddles.actions_of(session, huddle.id or 0)
    return _held(huddle_set.title, rows, occurrence, huddle, actions, still_open)


def set_for(library: Library, occurrence: Occurrence) -> HuddleSet:
    """The huddle set for the occurrence."""
    return set_at(library, occurrence.slot, occurrence.local_date)


def set_at(library: Library, slot: str, on: date) -> HuddleSet:
    """The huddle set for a slot of that local date: `07:45`, or `extra 07:45`."""
    return library.huddle_set_at(time.fromisoformat(slot[-5:]), on)


async def rows_of(
    session: Session, library: Library, ward: Ward, occurrence: Occurrence, huddle: Huddle
) -> tuple[tuple[str, str], ...]:
    """What was said at a huddle that was held, and decided, and counted."""
    on = occurrence.local_date
    counted = await counts.latest(session, ward.key, on, on)
    if counted and await huddles.held_before(session, ward.key, on, occurrence.due_at):
        counted = {}  # they were asked at another huddle of that day
    actions = await huddles.actions_of(session, huddle.id or 0)
    return _rows(known(set_for(library, occurrence), ward), huddle, actions, counted)


def _rows(
    questions: Sequence[Question], huddle: Huddle, actions: Sequence[Action], counted: Mapping[str, WardCheck]
) -> tuple[tuple[str, str], ...]:
    rows: list[tuple[str, str]] = []
    for question in questions:
        if question.name in ALWAYS:
            continue
        given = huddle.answers.get(question.name) or []
        chosen = [given] if isinstance(given, str) else given
        labels = [option.label for option in question.options if option.value in chosen]
        if labels:
            rows.append((question.short, "; ".join(labels)))
    rows += [("Action", f"{action.text} ({action.owner_role}){done_by(action)}") for action in actions]
    return (*rows, *checks.rows(counted))


def is_worried(huddle: Huddle) -> bool:
    """Whether somebody said that they are worried."""
    return bool(huddle.answers.get("worried") == "yes")


def _prompt(library: Library, huddle_set: HuddleSet, occurrence: Occurrence, still_open: Sequence[Action]) -> Message:
    key = str(occurrence.key)
    from_before = count(len(still_open), "open action", "open actions")
    parts: list[Part] = [Heading(huddle_set.title)]
    parts += open_parts(key, still_open, f"First, {from_before} from before:")
    if still_open:
        parts.append(Divider())
    parts += [
        Text(huddle_set.intro),
        Buttons((Button("Start huddle", "huddle_start", key, "primary", opens=True),)),
        Text("Can't huddle now? One tap says why, and that is useful to know:"),
        skip_buttons(library, occurrence),
        *snooze.offer(occurrence),
        Note(NOT_THE_RECORD),
    ]
    first = f" First, {from_before} from before." if still_open else ""
    return Message("huddle_prompt", f"{huddle_set.title}: five minutes together.{first}", tuple(parts))


def _held(
    title: str,
    rows: tuple[tuple[str, str], ...],
    occurrence: Occurrence,
    huddle: Huddle,
    actions: Sequence[Action],
    still_open: Sequence[Action],
) -> Message:
    worried = is_worried(huddle)
    parts: list[Part] = [Heading(f"{title}: held"), Facts(rows)]
    if worried:
        parts.append(Text("Someone is worried about something. Please talk about it now, face to face."))
    change = Button("Add or change", "huddle_start", str(occurrence.key), opens=True)
    parts.append(Buttons((change, Button("Report a near miss", "open_near_miss", opens=True))))
    parts += open_parts(str(occurrence.key), still_open, "Still to do:")
    parts.append(Note(NOT_THE_RECORD))
    agreed = "; ".join(action.text for action in actions)
    worry = " Someone is worried: please talk now." if worried else ""
    return Message("huddle_summary", f"{title} held. Action: {agreed}.{worry}", tuple(parts))


def _skipped(
    library: Library, huddle_set: HuddleSet, occurrence: Occurrence, reason: str, still_open: Sequence[Action]
) -> Message:
    words = library.label("skip_reason", reason)
    parts: list[Part] = [
        Heading(f"{huddle_set.title}: not this time"),
        Text(f"The reason given: {words.lower()}. Thank you for saying so: it shows where help is needed."),
        Buttons(
            (
                Button("Hold it after all", "huddle_start", str(occurrence.key), opens=True),
                Button("Undo", "huddle_unskip", str(occurrence.key)),
            )
        ),
    ]
    parts += open_parts(str(occurrence.key), still_open, "Still to do:")
    return Message("huddle_skipped", f"{huddle_set.title}: not this time ({words.lower()}).", tuple(parts))


def skip_buttons(library: Library, occurrence: Occurrence) -> Buttons:
    """Why there is no huddle, one tap each."""
    return Buttons(
        tuple(
            Button(reason.label, "huddle_skip", f"{occurrence.key}:{reason.value}")
            for reason in library.pick_lists.skip_reason
        )
    )
