"""Debriefs: asked for, held with how people are first, or declined with one tap."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from bot.chat.front import Destination, Person
from bot.chat.message import Facts, Form, Line, Message, Note, OneOf, Option, SomeOf, Text, YesNo
from bot.chat.router import Command, Open, Outcomes, Post, Problem, Replace, Reply, Submit, Tap
from bot.handlers.desk import NOT_HERE, Desk, DeskRouter, reply, tapped, ward_from, ward_here
from bot.prompts import debrief as prompt
from bot.prompts.library import Debrief as Item
from bot.prompts.library import NothingFits
from bot.prompts.words import day_words
from bot.schedule import debriefs as schedule
from bot.schedule.calendar import local
from bot.store import debriefs, ledger
from bot.store.database import Session
from bot.store.tables import Debrief, Occurrence, Ward

NOW, LATER = "now", "later"
WHEN = (Option(NOW, "Now: we are together"), Option(LATER, "Offer it to the ward at one of its next times"))
NO_NAMES = "About the ward. No names, no details of a person."
ASKING = (
    "A debrief looks after people first. Nobody has to take part, who asks is not kept, and what is said stays with "
    "the ward."
)
NONE = "No debrief for this is in review just now. Please ask your digital team: bot check says what is overdue."
WAITS = "One for the same day has no answer yet, so nothing more is posted: it stands for both."
ASKED = "Thank you. It is offered in the ward's channel on {at}."
FIRST: Mapping[str, str] = {
    "break_first": "Please see to the break first: the debrief is kept, and can wait.",
    "care_first": "Please see to whoever needs care first, and tell your manager: nobody watches this.",
}
SHARED = "A summary is in your ward's own channel, and nowhere else."


def register(router: DeskRouter) -> None:
    """What people can do with debriefs (they are asked for by `/huddle debrief`)."""
    router.on_tap("debrief_hold", hold)
    router.on_tap("debrief_decline", decline)
    router.on_tap("debrief_read", read)
    router.on_form("debrief_request", request, requested)
    router.on_form("debrief", form, submit)


async def ask(event: Command, desk: Desk) -> Outcomes:
    """After what, and when."""
    async with desk.store() as session:
        ward = await ward_here(session, event.place)
    return (Open(await request(desk, event.person, {"ward": str(ward.key)})),)


async def request(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """The form by which a debrief is asked for. `context`: `ward`."""
    events = tuple(Option(*one) for one in prompt.EVENTS.items())
    fields = (
        Text(ASKING),
        OneOf("event", "What was it?", events),
        OneOf("when", "When?", WHEN, initial=NOW),
        Note(prompt.STAYS),
    )
    return Form("debrief_request", "Ask for a debrief", "Go on", fields, context)


async def requested(event: Submit, desk: Desk) -> Outcomes:
    """The debrief's form, where they are together; else it is offered to the ward."""
    kind = str(event.answers["event"])
    async with desk.store() as session:
        ward = await ward_from(session, event.context)
        if event.answers["when"] == NOW:
            try:
                turn = await debriefs.count_of(session, ward.key, kind)
                item = prompt.item_for(desk.library, kind, turn, desk.now_at(ward).date())
            except NothingFits:
                raise Problem(NONE) from None
            return (Open(_questions(desk, item, {"ward": str(ward.key), "event": kind, "item": item.id})),)
        if not await desk.first_time(session, "form", event.once):
            return (reply("already", "This was asked already. Thank you."),)
        at = local(schedule.offer_time(ward, desk.clock()), ward.timezone)
        waits = await debriefs.waiting(session, ward.key, kind, at.date())
        if await schedule.offer(session, desk.library, ward, kind, desk.clock()) is None:
            raise Problem(NONE)
    if waits:
        return (reply("debrief_waits", WAITS),)
    return (reply("debrief_asked", ASKED.format(at=f"{day_words(at.date())} at {at:%H:%M}")),)


async def hold(tap: Tap, desk: Desk) -> Outcomes:
    """The form."""
    async with desk.store() as session:
        occurrence, ward, _ = await tapped(session, desk, tap)
        debrief = await _debrief_of(session, occurrence)
        if debrief.state == debriefs.HELD:
            return (Reply(prompt.summary(desk.library, debrief)),)
    return (Open(await form(desk, tap.person, {"ward": str(ward.key), "debrief": debrief.id})),)


async def decline(tap: Tap, desk: Desk) -> Outcomes:
    """Not this time: one tap, and no question why."""
    async with desk.store() as session:
        occurrence, ward, _ = await tapped(session, desk, tap)
        debrief = await _debrief_of(session, occurrence)
        await debriefs.close(session, debrief.id, debriefs.DECLINED, desk.now_at(ward).date())
        return await _in_channel(session, desk, ward, debrief.id)


async def read(tap: Tap, desk: Desk) -> Outcomes:
    """What was said, for somebody in the ward's own channel."""
    async with desk.store() as session:
        occurrence, _, _ = await tapped(session, desk, tap)
        return (Reply(prompt.summary(desk.library, await _debrief_of(session, occurrence))),)


async def form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """The debrief's questions. `context`: `ward`, and `debrief` where one was offered; else `event` and `item`."""
    if "debrief" in context:
        async with desk.store() as session:
            debrief = await debriefs.debrief_by_id(session, context["debrief"])
        if debrief is None or str(debrief.ward_id) != context["ward"]:
            raise Problem(NOT_HERE)
        return _questions(desk, prompt.item_of(desk.library, debrief), context)
    item = desk.library.debriefs.get(context["item"])
    if item is None:
        raise Problem(NONE)
    return _questions(desk, item, context)


def _questions(desk: Desk, item: Item, context: Mapping[str, str]) -> Form:
    lists = desk.library.pick_lists
    talk = "\n".join(f"• {question}" for question in item.questions)
    fields = (
        Text(item.wellbeing),
        OneOf("wellbeing", "Before anything else: how are we?", prompt.WELLBEING),
        Text(f"To talk through together:\n{talk}"),
        SomeOf("building", "What was building?", lists.building),
        Line("happened", "What happened, in one line", NO_NAMES),
        SomeOf("helped", "What helped?", lists.helped),
        Line("try", "What we would try next time", NO_NAMES),
        SomeOf("person", "Support for the person", prompt.PERSON),
        SomeOf("staff", "Support for staff", prompt.STAFF),
        YesNo("share", "Post a summary in our own channel", "Only there. Without it, it is a tap away for the ward."),
        Text(item.close),
        Note(f"Consistent with: {item.source_names}. {prompt.STAYS}"),
    )
    return Form("debrief", item.title, "Finish debrief", fields, context)


async def submit(event: Submit, desk: Desk) -> Outcomes:
    """Keep what was said with the ward, and show in its channel that a debrief was held."""
    said = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in event.answers.items()
        if name != "share"
    }
    async with desk.store() as session:
        ward = await ward_from(session, event.context)
        if not await desk.first_time(session, "form", event.once):
            return (reply("already", "This debrief was saved already. Thank you."),)
        today = desk.now_at(ward).date()
        if "debrief" in event.context:
            debrief = await debriefs.debrief_by_id(session, event.context["debrief"])
            assert debrief is not None, "the router has just built the form of it"
            kept = {**said, "item": prompt.item_of(desk.library, debrief).id}
            if not await debriefs.close(session, debrief.id, debriefs.HELD, today, kept):
                return (_not_kept(desk, said),)
            debrief = await debriefs.debrief_by_id(session, debrief.id)
            assert debrief is not None
        else:
            debrief = Debrief(
                id=str(uuid4()),
                ward_id=ward.key,
                event=event.context["event"],
                offered_on=today,
                state=debriefs.HELD,
                closed_on=today,
                answers={**said, "item": event.context["item"]},
            )
            await debriefs.add(session, debrief)
        shown = await _in_channel(session, desk, ward, debrief.id)
        summary, close = prompt.summary(desk.library, debrief), prompt.item_of(desk.library, debrief).close
    shared = [Post(ward.channel, summary)] if event.answers["share"] else []
    words = [FIRST.get(str(said["wellbeing"]), ""), close, SHARED if shared else ""]
    return (*shown, *shared, reply("debrief_thanks", prompt.WAS_HELD, *filter(None, words), note=prompt.STAYS))


def _not_kept(desk: Desk, said: Mapping[str, object]) -> Reply:
    """That somebody else was first; what was typed is handed back, so that it is not lost."""
    rows = prompt.rows(desk.library, said)
    words = "Somebody finished this debrief while you were in it, and theirs is kept. Yours was not; here it is:"
    return Reply(Message("debrief_not_kept", words, (Text(words), *((Facts(rows),) if rows else ()))))


async def _debrief_of(session: Session, occurrence: Occurrence) -> Debrief:
    debrief = await debriefs.debrief_by_id(session, occurrence.item or "")
    if debrief is None:
        raise Problem(NOT_HERE)
    return debrief


async def _in_channel(session: Session, desk: Desk, ward: Ward, debrief_id: str) -> Outcomes:
    """The offers' new faces: each that was posted says what came of it."""
    debrief = await debriefs.debrief_by_id(session, debrief_id)
    assert debrief is not None, "it was there a moment ago, and is never deleted"
    posts = await ledger.posts_about(session, ward.key, (prompt.KIND, prompt.AGAIN), debrief_id)
    return tuple(
        Replace(prompt.answered(desk.library, debrief, one), Destination(ward.front, one.posted))
        for one in posts
        if one.posted
    )
