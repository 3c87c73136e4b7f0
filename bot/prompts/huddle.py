"""The huddle in the channel: the prompt with open actions first, then what was held, or why it was skipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time

from bot.chat.message import Button, Buttons, Divider, Facts, Heading, Message, Note, Part, Text
from bot.prompts.library import HuddleSet, Library, Question
from bot.prompts.words import count, day_words
from bot.store import huddles
from bot.store.database import Session
from bot.store.tables import Action, Huddle, Occurrence, Ward

NOT_THE_RECORD = (
    "About the ward, never about one person. It is not the handover or the formal record. "
    "In an emergency use your alarm or call for help as your ward does: nobody is watching this channel."
)
ACTIONS_SHOWN = 3


async def build(session: Session, library: Library, ward: Ward, occurrence: Occurrence) -> Message:
    """The message of a huddle occurrence as things stand now."""
    huddle_set = set_for(library, occurrence)
    huddle = await huddles.huddle_of(session, occurrence.key)
    still_open = await huddles.open_actions(session, ward.key, occurrence.local_date)
    if huddle is None:
        return _prompt(library, huddle_set, occurrence, still_open)
    if huddle.skip_reason:
        return _skipped(library, huddle_set, occurrence, huddle.skip_reason, still_open)
    assert huddle.id is not None
    asked = huddle_set.questions_for(ward.specialty)
    return _held(huddle_set.title, asked, occurrence, huddle, await huddles.actions_of(session, huddle.id), still_open)


def set_for(library: Library, occurrence: Occurrence) -> HuddleSet:
    """The huddle set for the hour of the occurrence's slot."""
    return set_at(library, occurrence.slot)


def set_at(library: Library, slot: str) -> HuddleSet:
    """The huddle set for a slot: `07:45`, or `extra 07:45`."""
    return library.huddle_set_at(time.fromisoformat(slot[-5:]))


def _open_actions(occurrence: Occurrence, still_open: Sequence[Action], lead: str) -> Iterator[Part]:
    """The actions still open, oldest first, each with its buttons."""
    if still_open:
        yield Text(lead)
    for action in still_open[:ACTIONS_SHOWN]:
        about = f"{occurrence.key}:{action.id}"
        yield Text(f"• {action.text} ({action.owner_role}, {day_words(action.opened_on)})")
        yield Buttons(
            (
                Button("Done", "action_done", about, about=action.text),
                Button("Not needed", "action_dropped", about, about=action.text),
            )
        )
    if len(still_open) > ACTIONS_SHOWN:
        yield Text(f"And {len(still_open) - ACTIONS_SHOWN} more, shown as these are closed.")


def _prompt(library: Library, huddle_set: HuddleSet, occurrence: Occurrence, still_open: Sequence[Action]) -> Message:
    key = str(occurrence.key)
    from_before = count(len(still_open), "open action", "open actions")
    parts: list[Part] = [Heading(huddle_set.title)]
    parts += _open_actions(occurrence, still_open, f"First, {from_before} from before:")
    if still_open:
        parts.append(Divider())
    parts += [
        Text(huddle_set.intro),
        Buttons((Button("Start huddle", "huddle_start", key, "primary", opens=True),)),
        Text("Can't huddle now? One tap says why, and that is useful to know:"),
        skip_buttons(library, occurrence),
        Note(NOT_THE_RECORD),
    ]
    first = f" First, {from_before} from before." if still_open else ""
    return Message("huddle_prompt", f"{huddle_set.title}: five minutes together.{first}", tuple(parts))


def _held(
    title: str,
    asked: Sequence[Question],
    occurrence: Occurrence,
    huddle: Huddle,
    actions: Sequence[Action],
    still_open: Sequence[Action],
) -> Message:
    rows: list[tuple[str, str]] = []
    for question in asked:
        if question.name in ("action", "owner", "worried"):
            continue
        given = huddle.answers.get(question.name) or []
        chosen = [given] if isinstance(given, str) else given
        labels = [option.label for option in question.options if option.value in chosen]
        if labels:
            rows.append((question.short, "; ".join(labels)))
    rows += [("Action", f"{action.text} ({action.owner_role})") for action in actions]
    worried = huddle.answers.get("worried") == "yes"
    parts: list[Part] = [Heading(f"{title}: held"), Facts(tuple(rows))]
    if worried:
        parts.append(Text("Someone is worried about something. Please talk about it now, face to face."))
    change = Button("Add or change", "huddle_start", str(occurrence.key), opens=True)
    parts.append(Buttons((change, Button("Report a near miss", "open_near_miss", opens=True))))
    parts += _open_actions(occurrence, still_open, "Still to do:")
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
    parts += _open_actions(occurrence, still_open, "Still to do:")
    return Message("huddle_skipped", f"{huddle_set.title}: not this time ({words.lower()}).", tuple(parts))


def skip_buttons(library: Library, occurrence: Occurrence) -> Buttons:
    """Why there is no huddle, one tap each."""
    return Buttons(
        tuple(
            Button(reason.label, "huddle_skip", f"{occurrence.key}:{reason.value}")
            for reason in library.pick_lists.skip_reason
        )
    )


def closed(occurrence: Occurrence, action: Action) -> Message:
    """What the person who closed an action is told, with the way back."""
    words = "Done, thank you" if action.outcome == "done" else "Closed as no longer needed"
    about = f"{occurrence.key}:{action.id}"
    return Message(
        "action_closed",
        f"{words}: {action.text}",
        (Text(f"{words}: {action.text}"), Buttons((Button("Undo", "action_reopen", about),))),
    )
