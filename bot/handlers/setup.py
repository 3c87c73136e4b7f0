"""Setting a ward up from its own channel, and naming the channel where its leaders read their digest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
import json

from pydantic import ValidationError

from bot.chat.front import Destination, Person, typed
from bot.chat.message import Form, FormField, Line, Message, Note, OneOf, Option, SomeOf, Text, TimeOf
from bot.chat.router import Command, FieldErrors, Open, Outcomes, Post, Problem, Submit
from bot.handlers.desk import Desk, DeskRouter, reply
from bot.handlers.ward_row import DAYS, WardRow, channel_of, leaders_cell, save_row
from bot.prompts.words import day_words, listed
from bot.schedule.calendar import local
from bot.schedule.planner import sync_schedules
from bot.store import ledger, wards
from bot.store.database import Session
from bot.store.tables import Ward

SPECIALTIES = (
    Option("mental_health", "Mental health"),
    Option("dementia", "Dementia"),
    Option("learning_disability", "Learning disability and autism"),
    Option("acute", "Acute"),
)
NATIONS = (
    Option("ENG", "England"),
    Option("WLS", "Wales"),
    Option("SCT", "Scotland"),
    Option("NIR", "Northern Ireland"),
)
TIMES = ("huddle_1", "huddle_2", "huddle_3")
NOT_YOURS = "This ward is set up already, and only its managers can change it: please ask one of them."
WARDS_LISTED = 100


def register(router: DeskRouter) -> None:
    """What a manager can set up (both are opened by `/huddle`)."""
    router.on_form("setup", setup_form, save_setup)
    router.on_form("leaders", leaders_form, save_leaders)


def _here(event: Command) -> Destination:
    if event.place is None:
        raise Problem("Please type this in the ward's own channel.")
    return event.place


def _place(context: Mapping[str, str]) -> Destination:
    return Destination(context["front"], json.loads(context["place"]))


def _context(place: Destination) -> dict[str, str]:
    return {"front": place.front, "place": json.dumps(dict(place.address))}


async def open_setup(event: Command, desk: Desk) -> Outcomes:
    """The form, filled in with what is set."""
    return (Open(await setup_form(desk, event.person, _context(_here(event)))),)


async def setup_form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """A ward's name, kind and times. Raises `Problem` where the ward is somebody else's."""
    async with desk.store() as session:
        ward = await wards.ward_at(session, _place(context))
    _must_manage(ward, person)

    def at(value: str | None) -> time | None:
        return time.fromisoformat(value) if value else None

    huddles = [*(ward.huddle_times if ward else ["07:45"]), None, None][:3]
    parts: tuple[FormField | Text | Note, ...] = (
        Text("The channel you are in becomes the ward's: huddle prompts, one reminder a day and the weekly digest."),
        Line("name", "Name of the ward", required=True, max_length=80, initial=ward.name if ward else ""),
        OneOf("specialty", "Kind of ward", SPECIALTIES, initial=ward.specialty if ward else None),
        *(
            TimeOf(name, f"Huddle {place}", "After handover works best." if place == 1 else "", place == 1, at(value))
            for place, (name, value) in enumerate(zip(TIMES, huddles, strict=True), 1)
        ),
        TimeOf("reminder_time", "Daily reminder", "", True, at(ward.reminder_times[0] if ward else "11:00")),
        OneOf(
            "digest_day",
            "Day of the weekly digest",
            tuple(Option(day, day.capitalize()) for day in DAYS),
            initial=DAYS[ward.digest_day if ward else 0],
        ),
        TimeOf("digest_time", "Time of the weekly digest", "", True, at(ward.digest_time if ward else "09:00")),
        OneOf("nation", "Nation", NATIONS, initial=ward.nation if ward else "ENG"),
        Note("You become this ward's manager here: you are told if its prompts stop. Times are the ward's own clocks."),
    )
    return Form("setup", "Set up this ward", "Save", parts, context)


def _must_manage(ward: Ward | None, person: Person) -> None:
    if ward and ward.managers and person.id not in ward.managers:
        raise Problem(NOT_YOURS)


async def save_setup(event: Submit, desk: Desk) -> Outcomes:
    """Make the ward, change it, or move one that this person manages to this channel."""
    answers, place = event.answers, _place(event.context)
    async with desk.store() as session:
        ward = await wards.ward_at(session, place)
        namesake = await wards.ward_named(session, str(answers["name"]))
        if namesake and (ward is None or namesake.key != ward.key):
            moving = ward is None and event.person.id in namesake.managers
            if not moving:
                return (FieldErrors({"name": "Another ward has this name. Please add what tells them apart."}),)
            ward = namesake
        _must_manage(ward, event.person)
        times = [f"{answers[name]:%H:%M}" for name in TIMES if answers[name]]
        times += ward.huddle_times[len(TIMES) :] if ward else []  # a file may have set more than the form shows
        try:
            row = WardRow.model_validate(
                {
                    "name": answers["name"],
                    "specialty": answers["specialty"],
                    "front": place.front,
                    "workspace": place.address.get("workspace", ""),
                    "channel": channel_of(place.address),
                    "leaders_channel": leaders_cell(ward) if ward else "",
                    "workflow": (ward and ward.workflow) or "",
                    "timezone": ward.timezone if ward else "",
                    "nation": answers["nation"],
                    "huddle_times": times,
                    "reminder_time": f"{answers['reminder_time']:%H:%M}",
                    "digest_day": answers["digest_day"],
                    "digest_time": f"{answers['digest_time']:%H:%M}",
                    "managers": sorted({*(ward.managers if ward else []), event.person.id}),
                }
            )
        except ValidationError as error:
            faults = {_field(one["loc"]): one["msg"].removeprefix("Value error, ") for one in error.errors()}
            return (FieldErrors(faults),)
        known = ward is not None and event.person.id in ward.managers
        ward = await save_row(session, row, ward, desk.secret)
        await sync_schedules(session, [ward], desk.clock())
        await desk.remember(session, event.person, ward)
        coming = await _coming(session, ward)
    setup, help_ = typed("huddle setup", place.front), typed("huddle help", place.front)
    change = CHANGE.format(setup=setup, help=help_)
    answer = reply("setup_saved", f"{ward.name} is set up. Next here:\n{coming}", note=change)
    words = NEW_MANAGER.format(setup=setup)
    return (answer,) if known else (Post(place, Message("manager", words, (Text(words),))), answer)


NEW_MANAGER = (
    "This ward's huddles, reminders and weekly digest are now set up here. Whoever did so is its manager in the bot, "
    "and can change it with {setup}. If that should be somebody else, please tell your digital team."
)
CHANGE = "Type {setup} again to change anything, or {help} to see what else there is."


def _field(where: tuple[int | str, ...]) -> str:
    return TIMES[0] if where and where[0] == "huddle_times" else str(where[0] if where else "name")


async def _coming(session: Session, ward: Ward) -> str:
    schedules = sorted(await ledger.schedules_of(session, ward.key), key=lambda one: one.next_due_at)
    return "\n".join(
        f"• {day_words(at.date())} {at:%H:%M}, {one.kind.replace('_', ' ')}"
        for one in schedules
        for at in [local(one.next_due_at, ward.timezone)]
    )


async def open_leaders(event: Command, desk: Desk) -> Outcomes:
    """The form that brings the digest across wards to this channel."""
    return (Open(await leaders_form(desk, event.person, _context(_here(event)))),)


async def leaders_form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """The wards that this person manages, with those ticked whose leaders read here."""
    place = _place(context)
    async with desk.store() as session:
        mine = await _managed(session, person, place)
    if not mine:
        raise Problem("Only a ward's manager can send its figures to a leaders' channel, and you manage none yet.")
    here = tuple(str(ward.key) for ward in mine if ward.leaders_channel == place)
    parts = (
        Text("Once a week this channel reads the digest across these wards."),
        SomeOf("wards", "Wards", tuple(Option(str(ward.key), ward.name) for ward in mine), initial=here),
    )
    return Form("leaders", "Leaders' digest", "Save", parts, context)


async def _managed(session: Session, person: Person, place: Destination) -> list[Ward]:
    found = [ward for ward in await wards.every_ward(session) if person.id in ward.managers]
    workspace = place.address.get("workspace", "")
    return [ward for ward in found if ward.front == place.front and ward.place.get("workspace", "") == workspace][
        :WARDS_LISTED
    ]


async def save_leaders(event: Submit, desk: Desk) -> Outcomes:
    """Send the digest of the chosen wards here, and of the others that this person manages no longer."""
    place = _place(event.context)
    chosen = event.answers["wards"]
    assert isinstance(chosen, tuple)
    async with desk.store() as session:
        names = []
        for ward in await _managed(session, event.person, place):
            if str(ward.key) in chosen:
                ward.leaders_channel = place
                names.append(ward.name)
            elif ward.leaders_channel == place:
                ward.leaders_channel = None
            await wards.save_ward(session, ward)
        await sync_schedules(session, [], desk.clock())
    words = f"the weekly digest of {listed(names)}" if names else "no digest now"
    return (reply("leaders_saved", f"This channel reads {words}."),)
