"""A draft made into a ward: whose it is, whether it can be, saved, and what then comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
import json
from typing import NamedTuple

from pydantic import ValidationError

from bot.chat.front import Destination, Person
from bot.chat.router import Command, Problem
from bot.handlers.desk import Desk
from bot.handlers.draft import Draft
from bot.handlers.ward_row import WardRow, channel_of, leaders_cell, save_row
from bot.schedule.planner import Coming, coming, sync_schedules
from bot.schedule.quiet import LONGEST_OWED, with_room
from bot.store import wards
from bot.store.database import Session
from bot.store.tables import Ward

FIELDS = {"huddle_times": "huddle_1", "nudge_after": "nudge", "most_posts": "most"}
"""The field of the first form for a column, where it has another name."""
SHOWN = 5
LOOK_AHEAD = timedelta(days=14)
"""Two of each weekly prompt, and five of whatever a ward has at weekends only."""
NOT_YOURS = "This ward is set up already, and only its managers can change it: please ask one of them."
NAME_TAKEN = "Another ward has this name. Please add what tells them apart."


class Wrong(Exception):
    """What is wrong with a draft, by field of the first form."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


def here(event: Command) -> Destination:
    """The channel in which a command was typed. Raises `Problem` where that is none."""
    if event.place is None:
        raise Problem("Please type this in the ward's own channel.")
    return event.place


def place_of(context: Mapping[str, str]) -> Destination:
    """The channel that a form is about."""
    return Destination(context["front"], json.loads(context["place"]))


def context_of(place: Destination) -> dict[str, str]:
    """What a form about a channel carries."""
    return {"front": place.front, "place": json.dumps(dict(place.address))}


async def draft_of(desk: Desk, person: Person, context: Mapping[str, str]) -> Draft:
    """What was chosen so far. Raises `Problem` where the ward is somebody else's."""
    async with desk.store() as session:
        ward = await wards.ward_at(session, place_of(context))
    may_change(ward, person)
    return Draft.read(context, ward)


def may_change(ward: Ward | None, person: Person) -> None:
    """Raises `Problem` for anybody but a manager of a ward that has any."""
    if ward and ward.managers and not wards.manages(ward, person):
        raise Problem(NOT_YOURS)


async def row_of(session: Session, draft: Draft, place: Destination, person: Person) -> tuple[WardRow, Ward | None]:
    """The draft as a row of wards.csv would say it, and the ward that it changes, or moves here. Raises `Wrong`."""
    ward = await wards.ward_at(session, place)
    managers, leaders = draft.managers or (ward and ward.managers) or [person.id], draft.leaders
    namesake = await wards.ward_named(session, draft.name)
    if namesake and (ward is None or namesake.key != ward.key):
        if ward or not wards.manages(namesake, person):
            raise Wrong({"name": NAME_TAKEN})
        ward = namesake  # which moves here with whoever it has
        managers, leaders = tuple({*namesake.managers, *managers}), tuple({*namesake.leaders, *leaders})
    may_change(ward, person)
    try:
        row = WardRow.model_validate(
            {
                "name": draft.name,
                "specialty": draft.specialty,
                "front": place.front,
                "workspace": place.address.get("workspace", ""),
                "channel": channel_of(place.address),
                "leaders_channel": leaders_cell(ward) if ward else "",
                "workflow": (ward and ward.workflow) or "",
                "timezone": draft.timezone,
                "nation": draft.nation,
                "huddle_times": draft.huddles,
                "reminder_time": draft.reminders,
                "digest_day": draft.digest_day,
                "digest_time": draft.digest_time,
                "managers": sorted(managers),
                "leaders": sorted(leaders),
                "shifts": draft.shifts,
                "nudge_after": draft.nudge_after,
                "most_posts": draft.most_posts,
            }
        )
    except ValidationError as error:
        raise Wrong({_field(one["loc"]): sentence(str(one["msg"])) for one in error.errors()}) from error
    return row, ward


def _field(where: tuple[int | str, ...]) -> str:
    column = str(where[0] if where else "name")
    return FIELDS.get(column, column)


def sentence(words: str) -> str:
    """An error's words as a person reads them."""
    words = words.removeprefix("Value error, ")
    return f"{words[:1].upper()}{words[1:]}."


class Saved(NamedTuple):
    """A ward as it was saved; `known`: whether the person was its manager before.

    `following` is what comes next, and `no_room` the kinds of what the ward's days never have room for.
    """

    ward: Ward
    known: bool
    following: Sequence[Coming]
    no_room: Sequence[str]


async def saved(session: Session, desk: Desk, draft: Draft, place: Destination, person: Person) -> Saved:
    """Save the ward in this session, and see what comes of it. Raises `Wrong`."""
    row, ward = await row_of(session, draft, place, person)
    known = ward is not None and wards.manages(ward, person)
    ward = await save_row(session, row, ward, desk.secret)
    await sync_schedules(session, [ward], desk.clock())
    now = desk.clock()
    until = now + LOOK_AHEAD
    planned = await coming(session, ward, now, until + LONGEST_OWED)  # the last days have room only for want of others
    following = [one for one in await with_room(session, ward, planned, now) if one.at <= until]
    kinds = {one.kind: None for one in planned}  # in order
    no_room = [kind for kind in kinds if kind not in {one.kind for one in following}]
    return Saved(ward, known, following[:SHOWN], no_room)
