"""The bot's home, its help, and its first words in a channel."""

from __future__ import annotations

from bot.chat.front import typed
from bot.chat.message import Button, Buttons, Divider, Heading, Message, Note, Part, Text
from bot.chat.router import Command, Opened, Outcomes, Post, Reply
from bot.handlers.desk import Desk, DeskRouter
from bot.handlers.report_form import NOT_THE_RECORD
from bot.prompts.actions import line
from bot.store import huddles, wards

HELP = (
    ("huddle", "the huddle that is waiting, or what this shift has agreed so far"),
    ("huddle start", "start a huddle now"),
    ("huddle today", "what this shift's huddles agreed, for who came late"),
    ("huddle skip", "say why there is no huddle this time"),
    ("huddle questions", "choose what this ward's huddles ask, and add your own"),
    ("huddle setup", "set up this channel's ward, or change its times"),
    ("huddle leaders", "bring the leaders' weekly digest to this channel"),
    ("huddle debrief", "ask for a debrief after something hard, or something that went well"),
    ("huddle reports", "read and answer the ward's reports (its managers)"),
    ("huddle dashboard", "a link to the ward's charts over time, for you alone"),
    ("huddle mark", 'note on the ward\'s charts what changed today, like: huddle mark "sensory room opened"'),
    ("huddle supervision", "this week's prompt for supervision"),
    ("huddle help", "this list"),
    ("report", "report a near miss, in under a minute"),
    ("report restrictive", "tally a restrictive intervention, beside the formal record"),
    ("report code", "see what happened next with your report, correct it or take it back"),
    ("success", "share something that went well"),
)


def register(router: DeskRouter) -> None:
    """What people can open."""
    router.on_opened("home", home)
    router.on_opened("joined", joined)


def _report_buttons() -> Buttons:
    return Buttons(
        (
            Button("Report a near miss", "open_near_miss", "", "primary", opens=True),
            Button("Share a success", "open_success", opens=True),
            Button("Tally a restrictive intervention", "open_restrictive", opens=True),
            Button("Have a code?", "open_my_report", opens=True, about="your report"),
        )
    )


def _dashboard_button() -> Buttons:
    return Buttons((Button("Dashboard", "dashboard", about="a link to your wards' charts"),))


async def home(event: Opened, desk: Desk) -> Outcomes:
    """Reporting first, then the open actions of the person's wards."""
    parts: list[Part] = [Heading("Wardhuddle"), Text("Under a minute, anonymous unless you say so."), _report_buttons()]
    async with desk.store() as session:
        for ward in (await wards.wards_of(session, desk.person_key(event.person)))[:5]:
            carried = await huddles.open_actions(session, ward.key, desk.now_at(ward).date())
            lines = [f"• {line(one)}" for one in carried[:5]]
            actions = "\n".join(("Open actions:", *lines)) if lines else NO_ACTIONS
            parts += [Divider(), Heading(ward.name), Text(actions)]
    parts += [Divider(), _dashboard_button(), Note(NOT_THE_RECORD)]
    return (Reply(Message("home", "Wardhuddle: report a near miss or share a success", tuple(parts))),)


HELLO = "I help ward teams with short huddles, small reminders and quick reports. To begin, type {setup}."
NO_ACTIONS = "No open actions. Each huddle's action shows here for a week, or until it is done."


async def help_here(event: Command, desk: Desk) -> Outcomes:
    """What can be typed."""
    text = "\n".join(f"{typed(command, event.person.front)}: {does}" for command, does in HELP)
    parts = (Heading("What you can do here"), Text(text), _report_buttons(), Note(NOT_THE_RECORD))
    return (Reply(Message("help", text, parts)),)


async def joined(event: Opened, desk: Desk) -> Outcomes:
    """The bot was let into a channel: prompts of its ward go on; in a new channel it says how to begin, once."""
    async with desk.store() as session:
        ward = await wards.ward_at(session, event.place)
        if ward:
            await wards.resume_ward(session, ward.key)
            return ()
        if event.place is None or not await desk.first_time(session, "event", event.once):
            return ()
    words = HELLO.format(setup=typed("huddle setup", event.place.front))
    return (Post(event.place, Message("hello", words, (Text(words), Note(NOT_THE_RECORD)))),)
