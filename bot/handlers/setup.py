"""Setting a ward up from its own channel, in steps: what it is, its shifts and times, what will come, and only then
saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time
import re
from typing import get_args

from bot.chat.front import typed
from bot.chat.message import Answers, Message, Text
from bot.chat.router import Command, FieldErrors, Open, Outcomes, Post, Submit
from bot.handlers.desk import Desk, DeskRouter, reply
from bot.handlers.draft import NO_SHIFTS, OWN_SHIFTS, Draft, filled, first_times, merged, read_on
from bot.handlers.setup_forms import (
    ALL,
    BESIDE,
    HUDDLES,
    KINDS,
    REMINDER,
    listing,
    preview_form,
    setup_form,
    shifts_form,
    times_form,
)
from bot.handlers.setup_save import Wrong, context_of, draft_of, here, place_of, row_of, saved, sentence
from bot.handlers.ward_row import MOST_TIMES
from bot.store.shifts import DAYS, PATTERNS, Days, Shift, TimeOfDay, impossible

BETWEEN = re.compile(r"[;,]|\band\b")
"""What people write between two times."""
ROW = ("name", "start", "end")
NEW_MANAGER = (
    "This ward's huddles, reminders and weekly digest are now set up here. Whoever did so, or whom they named, is its "
    "manager in the bot, and can change it with {setup}. If it should be somebody else, please tell your digital team."
)
CHANGE = "Type {setup} again to change anything, or {help} to see what else there is."


def register(router: DeskRouter) -> None:
    """The forms that follow each other from `/huddle setup`."""
    router.on_form("setup", setup_form, first_step)
    router.on_form("setup_shifts", shifts_form, shifts_step)
    router.on_form("setup_times", times_form, times_step)
    router.on_form("setup_preview", preview_form, save_setup)


async def open_setup(event: Command, desk: Desk) -> Outcomes:
    """The form, filled in with what is set."""
    return (Open(await setup_form(desk, event.person, context_of(here(event)))),)


async def first_step(event: Submit, desk: Desk) -> Outcomes:
    """On to the shifts and times of a ward that has shifts; to the preview of one that has none."""
    answers, before = event.answers, await draft_of(desk, event.person, event.context)
    draft = replace(
        before,
        name=str(answers["name"]),
        specialty=str(answers["specialty"]),
        nation=str(answers["nation"]),
        timezone=str(answers["timezone"]),
        digest_day=str(answers["digest_day"]),
        digest_time=f"{answers['digest_time']:%H:%M}",
        nudge_after=int(str(answers["nudge"])),
        most_posts=None if answers["most"] == ALL else int(str(answers["most"])),
        managers=_people(answers, "managers"),
        leaders=_people(answers, "leaders"),
    )
    chosen = str(answers["shifts"])
    try:
        if chosen == NO_SHIFTS:
            huddles = _typed_times(answers, HUDDLES, before.huddles)
            reminders = _typed_times(answers, (REMINDER,), before.reminders)
            draft = replace(draft, shifts=(), huddles=huddles, reminders=reminders, times_chosen=True)
        elif chosen != OWN_SHIFTS:
            draft = _on_shifts(draft, PATTERNS[chosen])
        async with desk.store() as session:
            await row_of(session, draft, place_of(event.context), event.person)
    except Wrong as wrong:
        return (FieldErrors(wrong.faults),)
    following = {NO_SHIFTS: preview_form, OWN_SHIFTS: shifts_form}.get(chosen, times_form)
    return (Open(await following(desk, event.person, draft.carried(event.context))),)


def _people(answers: Answers, name: str) -> tuple[str, ...]:
    chosen = answers[name]
    assert isinstance(chosen, tuple)
    return chosen


def _typed_times(answers: Answers, names: Sequence[str], before: Sequence[str]) -> tuple[str, ...]:
    """The times of these fields, on the days that they had, and those that a file has set beyond. Raises `Wrong`."""
    had = [TimeOfDay.read(one) for one in before]
    found = had[len(names) :]
    for place, name in enumerate(names):
        at = answers[name]
        if isinstance(at, time):
            when = TimeOfDay(at, had[place].days if place < len(had) else "every day")
            if _twice(found, when):
                raise Wrong({name: f"The same time is there twice: {at:%H:%M}."})
            found.append(when)
    if not found:
        raise Wrong({names[0]: "Please give a time."})
    return merged(found)


def _twice(found: Sequence[TimeOfDay], when: TimeOfDay) -> bool:
    return any(one.at == when.at and DAYS[one.days] & DAYS[when.days] for one in found)


def _on_shifts(draft: Draft, shifts: Sequence[str]) -> Draft:
    """The draft with these shifts.

    Times that somebody chose stay, and a shift without one gets a huddle only where the pattern is newly chosen: else
    to have none there was chosen too. The next page shows them all.
    """
    if tuple(shifts) == draft.shifts:
        return draft
    changed = replace(draft, shifts=tuple(shifts), times_chosen=True)
    if not draft.times_chosen:
        huddles, reminders = first_times(changed.worked)
        return replace(changed, huddles=huddles, reminders=reminders)
    newly = not draft.shifts or changed.pattern != OWN_SHIFTS
    return replace(changed, huddles=filled(changed.worked, draft.huddles)) if newly else changed


async def shifts_step(event: Submit, desk: Desk) -> Outcomes:
    """On to the times, or what is wrong with a shift, at its field."""
    draft, answers = await draft_of(desk, event.person, event.context), event.answers
    faults: dict[str, str] = {}
    found: dict[int, Shift] = {}
    for n in sorted(int(name.removeprefix("name_")) for name in answers if name.startswith("name_")):
        given = {f"{what}_{n}": answers[f"{what}_{n}"] for what in ROW}
        if not any(one is not None and one != "" for one in given.values()):
            continue
        name, start, end = given.values()
        if name and isinstance(start, time) and isinstance(end, time):
            days = next(one for one in get_args(Days) if one == answers[f"days_{n}"])
            found[n] = Shift(str(name), start, end, days)
        else:
            faults |= {field: "Please fill this in." for field, one in given.items() if one is None or one == ""}
        if ";" in str(name):
            faults[f"name_{n}"] = "Please leave out the semicolon."
    if not found and not faults:
        faults["name_1"] = "Please give at least one shift."
    if not faults and (wrong := impossible(list(found.values()))):
        faults[f"start_{list(found)[wrong[0]]}"] = sentence(wrong[1])
    if faults:
        return (FieldErrors(faults),)
    draft = _on_shifts(draft, [str(one) for one in found.values()])
    return (Open(await times_form(desk, event.person, draft.carried(event.context))),)


async def times_step(event: Submit, desk: Desk) -> Outcomes:
    """On to the preview, or what is wrong with a time, at its field."""
    draft = await draft_of(desk, event.person, event.context)
    faults: dict[str, str] = {}
    huddles, reminders = (_times_on(draft, event.answers, kind, label.lower(), faults) for kind, label in KINDS)
    if faults:
        return (FieldErrors(faults),)
    draft = replace(draft, huddles=huddles, reminders=reminders)
    return (Open(await preview_form(desk, event.person, draft.carried(event.context))),)


def _times_on(draft: Draft, answers: Answers, kind: str, label: str, faults: dict[str, str]) -> tuple[str, ...]:
    """The times of a kind on all shifts; what is wrong is added to `faults`, by field."""
    found: list[TimeOfDay] = []
    fields: dict[str, Shift | None] = {f"{kind}_{n}": shift for n, shift in enumerate(draft.worked)}
    fields[f"{kind}_{BESIDE}"] = None
    for name, shift in fields.items():
        for text in filter(None, map(str.strip, BETWEEN.split(str(answers.get(name) or "")))):
            try:
                when = read_on(draft.worked, shift, text) if shift else TimeOfDay.read(text)
                if _twice(found, when):
                    raise ValueError(f"the same time is there twice: {when.at:%H:%M}")
                found.append(when)
            except ValueError as error:
                faults.setdefault(name, sentence(str(error)))
    times = merged(found)
    if not times:
        faults.setdefault(next(iter(fields)), f"Please give at least one time for {label}.")
    elif len(times) > MOST_TIMES:
        last = [name for name in fields if answers.get(name)][-1]
        faults.setdefault(last, f"A ward can have {label} at up to {MOST_TIMES} times, and here are {len(times)}.")
    return times


async def save_setup(event: Submit, desk: Desk) -> Outcomes:
    """Make the ward, change it, or move one that this person manages to this channel; or back to the first step."""
    if event.answers["change"]:
        return (Open(await setup_form(desk, event.person, event.context)),)
    place, draft = place_of(event.context), await draft_of(desk, event.person, event.context)
    try:
        async with desk.store() as session:
            made = await saved(session, desk, draft, place, event.person)
            await desk.remember(session, event.person, made.ward)
    except Wrong as wrong:
        return (FieldErrors({"change": str(wrong)}),)
    setup, help_ = typed("huddle setup", place.front), typed("huddle help", place.front)
    change = CHANGE.format(setup=setup, help=help_)
    answer = reply(
        "setup_saved", f"{made.ward.name} is set up. Next here:\n{listing(made.following, made.ward)}", note=change
    )
    words = NEW_MANAGER.format(setup=setup)
    return (answer,) if made.known else (Post(place, Message("manager", words, (Text(words),))), answer)
