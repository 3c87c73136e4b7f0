"""Naming the channel where a ward's leaders read its digest."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.front import Person
from bot.chat.message import Form, Option, SomeOf, Text
from bot.chat.router import Command, Open, Outcomes, Problem, Submit
from bot.handlers.desk import Desk, DeskRouter, reply
from bot.handlers.setup_save import context_of, here, place_of
from bot.prompts.words import listed
from bot.schedule.planner import sync_schedules
from bot.store import wards
from bot.store.database import Session
from bot.store.tables import Ward

WARDS_LISTED = 100


def register(router: DeskRouter) -> None:
    """The form that `/huddle leaders` opens."""
    router.on_form("leaders", leaders_form, save_leaders)


async def open_leaders(event: Command, desk: Desk) -> Outcomes:
    """The form that brings the digest across wards to this channel."""
    return (Open(await leaders_form(desk, event.person, context_of(here(event)))),)


async def leaders_form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """The wards that this person manages, with those ticked whose leaders read here."""
    place = place_of(context)
    async with desk.store() as session:
        mine = await _managed(session, person)
    if not mine:
        raise Problem("Only a ward's manager can send its figures to a leaders' channel, and you manage none yet.")
    read_here = tuple(str(ward.key) for ward in mine if ward.leaders_channel == place)
    parts = (
        Text("Once a week this channel reads the digest across these wards."),
        SomeOf("wards", "Wards", tuple(Option(str(ward.key), ward.name) for ward in mine), initial=read_here),
    )
    return Form("leaders", "Leaders' digest", "Save", parts, context)


async def _managed(session: Session, person: Person) -> list[Ward]:
    found = [ward for ward in await wards.wards_in_charge(session, person) if wards.manages(ward, person)]
    return found[:WARDS_LISTED]


async def save_leaders(event: Submit, desk: Desk) -> Outcomes:
    """Send the digest of the chosen wards here, and of the others that this person manages no longer."""
    place = place_of(event.context)
    chosen = event.answers["wards"]
    assert isinstance(chosen, tuple)
    async with desk.store() as session:
        names = []
        for ward in await _managed(session, event.person):
            if str(ward.key) in chosen:
                ward.leaders_channel = place
                names.append(ward.name)
            elif ward.leaders_channel == place:
                ward.leaders_channel = None
            await wards.save_ward(session, ward)
        await sync_schedules(session, [], desk.clock())
    words = f"the weekly digest of {listed(names)}" if names else "no digest now"
    return (reply("leaders_saved", f"This channel reads {words}."),)
