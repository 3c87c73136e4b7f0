"""The forms by which a ward is set up: what it is, its shifts, when it posts on each, and what will come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import get_args

from bot.chat.front import Person
from bot.chat.message import Form, FormField, Line, Note, OneOf, Option, People, Text, TimeOf, YesNo
from bot.handlers.desk import Desk
from bot.handlers.draft import NO_SHIFTS, OWN_SHIFTS, by_shift
from bot.handlers.setup_save import Wrong, draft_of, place_of, saved
from bot.handlers.ward_row import DAY_NAMES, FEWEST_AND_MOST, MOST_PEOPLE
from bot.prompts.bank_holidays import bank_holiday
from bot.prompts.words import day_words, listed
from bot.schedule.planner import Coming
from bot.store.shifts import LONGEST_NAME, PATTERNS, Days, Shift, TimeOfDay
from bot.store.tables import Ward

Parts = list[FormField | Text | Note]

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
SHIFTS = (
    Option(NO_SHIFTS, "No shifts: the times below"),
    *(
        Option(name, f"{name.capitalize()}: {', '.join(shift.split()[-1] for shift in shifts)}")
        for name, shifts in PATTERNS.items()
    ),
    Option(OWN_SHIFTS, "Our own: on the next page"),
)
NUDGES = (0, 15, 30, 45, 60, 90)
ALL = "all"
MOST = (
    Option(ALL, "All that is due"),
    *(Option(str(n), f"At most {n} a day") for n in range(FEWEST_AND_MOST[0], FEWEST_AND_MOST[1] + 1)),
)
NO_ROOM = {"digest": "the weekly digest", "reminder": "the daily reminder", "scenario": "scenes to think through"}
MANAGE = "They alone change this, read and answer reports, and are told if prompts stop. Leave yourself in."
LEAD = "They see this ward's dashboard, and those of all wards without small numbers: a matron, say. May be nobody."
HUDDLES = ("huddle_1", "huddle_2", "huddle_3")
REMINDER = "reminder_time"
KINDS = (("huddles", "Huddles"), ("reminders", "Reminders"))
BESIDE = "beside"
"""The end of the name of a field for times that come on no shift."""
ROWS = 6
"""Shifts that the form has room for; more where a file has set more."""


async def setup_form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """A ward's name, kind, shifts and times. Raises `Problem` where the ward is somebody else's."""
    draft = await draft_of(desk, person, context)
    managers = draft.managers or (person.id,)
    nudges = sorted({*NUDGES, draft.nudge_after})
    parts: Parts = [
        Text("The channel you are in becomes the ward's: huddle prompts, one reminder a day and the weekly digest."),
        Line("name", "Name of the ward", required=True, max_length=80, initial=draft.name),
        OneOf("specialty", "Kind of ward", SPECIALTIES, initial=draft.specialty),
        OneOf("nation", "Nation", NATIONS, "For its bank holidays.", initial=draft.nation),
        Line("timezone", "Time zone", "Europe/London anywhere in the UK.", True, 60, draft.timezone),
        OneOf("shifts", "Shifts", SHIFTS, "With shifts, the next page asks when it posts.", initial=draft.pattern),
        Text("Without shifts, when it posts; with shifts, leave these as they are:"),
        *(_time(name, f"Huddle {n}", draft.huddles[n - 1 : n]) for n, name in enumerate(HUDDLES, 1)),
        _time(REMINDER, "Daily reminder", draft.reminders[:1]),
        OneOf(
            "digest_day",
            "Day of the weekly digest",
            tuple(Option(day, day.capitalize()) for day in DAY_NAMES),
            initial=draft.digest_day,
        ),
        TimeOf("digest_time", "Time of the weekly digest", "", True, time.fromisoformat(draft.digest_time)),
        OneOf(
            "nudge",
            "If nobody answers a huddle",
            tuple(Option(str(n), f"One quiet nudge after {n} minutes" if n else "No nudge") for n in nudges),
            initial=str(draft.nudge_after),
        ),
        OneOf("most", "Posts in a day", MOST, "Huddles come first.", initial=str(draft.most_posts or ALL)),
        People("managers", "Managers", MANAGE, True, max(MOST_PEOPLE, len(managers)), managers),
        People("leaders", "Leaders", LEAD, False, MOST_PEOPLE, draft.leaders),
        Note("Times are by the ward's own clocks."),
    ]
    return Form("setup", "Set up this ward", "Next", tuple(parts), context)


def _time(name: str, label: str, given: Sequence[str]) -> TimeOf:
    when = TimeOfDay.read(given[0]) if given else None
    hint = f"On {when.days}." if when and when.days != "every day" else ""
    return TimeOf(name, label, hint, initial=when.at if when else None)


async def shifts_form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """A ward's own shifts, with those that are set, or usual, filled in."""
    draft = await draft_of(desk, person, context)
    begun = [Shift.read(one) for one in draft.shifts or next(iter(PATTERNS.values()))]
    days = tuple(Option(one, one.capitalize()) for one in get_args(Days))
    parts: Parts = [
        Text("A shift that ends after midnight belongs to the date it starts on. Empty a row to leave a shift out.")
    ]
    for n in range(1, max(ROWS, len(begun)) + 1):
        shift = begun[n - 1] if n <= len(begun) else None
        parts += [
            Line(f"name_{n}", f"Shift {n}", max_length=LONGEST_NAME, initial=shift.name if shift else ""),
            TimeOf(f"start_{n}", f"Shift {n} starts", initial=shift.start if shift else None),
            TimeOf(f"end_{n}", f"Shift {n} ends", initial=shift.end if shift else None),
            OneOf(f"days_{n}", f"Shift {n} is worked", days, initial=shift.days if shift else "every day"),
        ]
    return Form("setup_shifts", "The ward's shifts", "Next", tuple(parts), context)


async def times_form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """When huddles and reminders come on each shift; empty where they don't."""
    draft = await draft_of(desk, person, context)
    now = {"huddles": by_shift(draft.worked, draft.huddles), "reminders": by_shift(draft.worked, draft.reminders)}
    parts: Parts = [Text("When it posts on each shift, by the ward's clocks. Leave a line empty where none is wanted.")]
    for n, shift in enumerate(draft.worked):
        hint = "" if n else "Like 07:45; 13:00, or 09:00 weekends."
        for kind, label in KINDS:
            parts.append(Line(f"{kind}_{n}", f"{label}: {shift}", hint, False, 80, "; ".join(now[kind][0][n])))
    for kind, label in KINDS:
        if beside := now[kind][1]:
            parts.append(Line(f"{kind}_{BESIDE}", f"{label} at other times", "", False, 120, "; ".join(beside)))
    return Form("setup_times", "When it posts", "Next", tuple(parts), context)


async def preview_form(desk: Desk, person: Person, context: Mapping[str, str]) -> Form:
    """What will be posted next, found out by saving the ward and taking that back."""
    draft = await draft_of(desk, person, context)
    try:
        async with desk.store.scratch() as session:
            made = await saved(session, desk, draft, place_of(context), person)
    except Wrong as wrong:  # somebody took the name meanwhile: sending it says so too, and keeps nothing
        words, no_room = str(wrong), ""
    else:
        words = f"The next five times it will post here:\n{listing(made.following, made.ward)}"
        no_room = listed([NO_ROOM[kind] for kind in made.no_room])
    most = f"At most {draft.most_posts} of these in a day: huddles come first." if draft.most_posts else ""
    if no_room:
        most = f"{most} So there is no room for {no_room}."
    parts: Parts = [
        Text(f"{draft.name}: {', '.join(draft.shifts) or 'no shifts'}"),
        Text(words),
        *([Note(most)] if most else []),
        Note(f"Managers: {len(draft.managers)}. Leaders: {len(draft.leaders) or 'none'}."),
        YesNo("change", "Go back and change something", "Nothing is saved yet."),
    ]
    return Form("setup_preview", "What will come", "Save", tuple(parts), context)


def listing(following: Sequence[Coming], ward: Ward) -> str:
    """Prompts to come, a line each, with the night shift's date and the bank holiday."""
    return "\n".join(
        f"• {day_words(one.at.date())} {one.at:%H:%M}, {one.kind.replace('_', ' ')}"
        + (f", on the shift of {day_words(one.on)}" if one.on != one.at.date() else "")
        + (f" ({holiday})" if (holiday := bank_holiday(ward.nation, one.on)) else "")
        for one in following
    )
