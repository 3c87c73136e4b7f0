"""Setting a ward up with shifts, on Slack and in Teams: step by step, what will come is seen before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
import shutil
from typing import Any

import pytest

from bot.store import ledger, wards
from bot.store.tables import Ward as Stored
from tests.stage import Way
from tests.stories.actors import Actor, InTeams, OnSlack
from tests.stories.conftest import Ward
from tests.stories.test_stories import hold_huddle

THREE_SHIFTS = "Early, late and night: 07:00-14:30, 13:30-21:00, 20:30-07:30"
FIRST = {
    "Name of the ward": "Willow",
    "Kind of ward": "Dementia",
    "Nation": "Scotland",
    "Shifts": THREE_SHIFTS,
    "If nobody answers a huddle": "One quiet nudge after 30 minutes",
    "Posts in a day": "At most 6 a day",
}
EARLY, LATE, NIGHT = "Early 07:00-14:30", "Late 13:30-21:00", "Night 20:30-07:30"


@pytest.fixture(params=("slack over http", "teams"))
def way(request: pytest.FixtureRequest) -> Way:
    """Where a ward can be set up: a page knows no manager."""
    return request.param


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """One database is enough: the ledger's own tests have both."""
    file = tmp_path / "wardhuddle.db"
    shutil.copy(sqlite_template, file)
    return f"sqlite:///{file}"


async def sister_of_willow(ward: Ward) -> Actor:
    """Somebody in a channel that is no ward's yet."""
    workspace, tenant = ward.stage.workspace, ward.stage.tenant
    if workspace:
        channel = workspace.channel("willow", id="C0WILLOW", members=["U0SISTER"])
        return OnSlack(workspace, workspace.person("U0SISTER"), channel)
    assert tenant
    sister = tenant.person("U0SISTER")
    return InTeams(tenant, sister, tenant.channel("willow", id="19:willow@thread.tacv2", members=[sister]))


async def sent(actor: Actor, values: Mapping[str, Any] = {}) -> str:
    """Fill the open form in and send it; what the form says that stands there then."""
    await actor.fill(values)
    await actor.submit()
    return actor.form


async def stored(ward: Ward, name: str = "Willow") -> Stored | None:
    async with ward.stage.house.store() as session:
        return await wards.ward_named(session, name)


async def with_three_shifts(ward: Ward, actor: Actor, **first: str) -> None:
    """Up to the times of each shift."""
    await actor.command("/huddle setup")
    await sent(actor, FIRST | first)


async def test_a_ward_on_early_late_and_night_is_set_up_and_prompted(ward: Ward) -> None:
    """A huddle at two in the night belongs to the date on which its shift began."""
    sister = await sister_of_willow(ward)
    await with_three_shifts(ward, sister)
    assert sister.typed(f"Huddles: {NIGHT}") == "20:45"
    assert (sister.typed(f"Reminders: {EARLY}"), sister.typed(f"Reminders: {LATE}") or "") == ("10:00", "")

    preview = await sent(sister, {f"Huddles: {LATE}": "", f"Huddles: {NIGHT}": "20:45 weekdays; 2:00"})
    assert preview.count("•") == 5
    for line in (
        "Mon 23 Nov 02:00, huddle, on the shift of Sun 22 Nov",
        "Mon 23 Nov 07:15, huddle",
        "Mon 23 Nov 10:00, reminder",
        "Mon 23 Nov 20:45, huddle",
    ):
        assert line in preview
    assert await stored(ward) is None, "nothing is saved yet"

    await sister.submit()
    assert "Willow is set up" in sister.told()
    saved = await stored(ward)
    assert saved
    assert (saved.huddle_times, saved.reminder_times) == (["02:00", "07:15", "20:45 weekdays"], ["10:00"])
    assert (saved.nation, saved.nudge_after, saved.most_posts) == ("SCT", 30, 6)
    assert saved.shifts == [EARLY, LATE, NIGHT]

    await ward.stage.at("2026-11-23 02:00")
    assert "huddle" in await sister.channel()
    async with ward.stage.house.store() as session:
        due = [one for one, owner in await ledger.occurrences(session) if owner.name == "Willow"]
        [night] = [one for one in due if one.kind == "huddle"]
        assert (f"{night.local_date}", night.slot, night.state) == ("2026-11-22", "02:00", "sent")


async def test_what_will_come_is_what_comes(ward: Ward) -> None:
    """The five lines, minute by minute; on Saint Andrew's Day they say so."""
    ward.stage.clock.at = ward.stage.clock.at.replace(day=28)  # the Saturday before
    sister = await sister_of_willow(ward)
    await with_three_shifts(ward, sister)
    preview = await sent(sister, {f"Huddles: {LATE}": "14:00 weekends"})
    lines = [line for line in preview.splitlines() if line.startswith("•")]
    assert [line[2:] for line in lines] == [
        "Sun 29 Nov 07:15, huddle",
        "Sun 29 Nov 10:00, reminder",
        "Sun 29 Nov 14:00, huddle",
        "Sun 29 Nov 20:45, huddle",
        "Mon 30 Nov 07:15, huddle (Saint Andrew's Day)",
    ]
    await sister.submit()
    for line in lines:
        await ward.stage.at(f"2026-11-{line[6:8]} {line[13:18]}")
    async with ward.stage.house.store() as session:
        sent_here = [one for one, owner in await ledger.occurrences(session, states=["sent"]) if owner.name == "Willow"]
    came = [f"{one.sent_at:%a %d %b %H:%M}, {one.kind}" for one in sent_here]
    assert came == [line[2:].removesuffix(" (Saint Andrew's Day)") for line in lines]
    assert "It is a bank holiday (Saint Andrew's Day)" in await sister.channel()


async def test_own_shifts_with_a_weekend_pattern(ward: Ward) -> None:
    sister = await sister_of_willow(ward)
    await with_three_shifts(ward, sister, Shifts="Our own: on the next page")
    assert sister.typed("Shift 1") == "Long day"
    rows = {
        "Shift 1": "Clinic",
        "Shift 1 starts": "09:00",
        "Shift 1 ends": "17:00",
        "Shift 1 is worked": "Weekdays",
        "Shift 2": "On call",
        "Shift 2 starts": "10:00",
        "Shift 2 ends": "14:00",
        "Shift 2 is worked": "Weekends",
    }
    await sent(sister, rows)
    assert sister.typed("Huddles: Clinic 09:00-17:00 weekdays") == "09:15"
    await sent(sister)
    await sister.submit()
    saved = await stored(ward)
    assert saved and saved.huddle_times == ["09:15 weekdays", "10:15 weekends"]
    assert saved.reminder_times == ["12:00 weekdays", "13:00 weekends"]

    heard = [await ward.stage.at(f"2026-11-{day} 09:15") for day in (27, 28)]
    before = (await sister.channel()).count("Start huddle")
    await ward.stage.at("2026-11-28 10:15")
    assert heard[0] >= 1 and (await sister.channel()).count("Start huddle") == before + 1


@pytest.mark.parametrize(
    ("rows", "field", "words"),
    [
        ({"Shift 1 ends": "13:00", "Shift 1 starts": "13:00"}, "Shift 1 starts", "24 hours long"),
        ({"Shift 2 starts": "15:00"}, "Shift 2 starts", "is 17 hours long"),
        ({"Shift 2 starts": "17:00"}, "Shift 2 starts", "overlap for longer than a handover"),
        ({"Shift 3": "Twilight"}, "Shift 3 starts", "Please fill this in"),
        ({"Shift 1": ""}, "Shift 1", "Please fill this in"),
        ({"Shift 1": "A; b"}, "Shift 1", "leave out the semicolon"),
    ],
)
async def test_shifts_that_can_not_be_are_named_at_their_field(
    ward: Ward, rows: Mapping[str, str], field: str, words: str
) -> None:
    sister = await sister_of_willow(ward)
    await with_three_shifts(ward, sister, Shifts="Our own: on the next page")
    await sent(sister, rows)
    assert words in sister.errors[field]


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({f"Huddles: {EARLY}": "18:00"}, f"Huddles: {EARLY}", "18:00 is outside"),
        ({f"Huddles: {LATE}": "20:45"}, f"Huddles: {LATE}", "“Night” has begun: please write it there"),
        ({f"Huddles: {LATE}": "14:00; 14:00"}, f"Huddles: {LATE}", "The same time is there twice: 14:00"),
        ({f"Huddles: {LATE}": "2 pm"}, f"Huddles: {LATE}", "“2 pm” is not a time; write it like 07:45"),
        ({f"Reminders: {EARLY}": ""}, f"Reminders: {EARLY}", "Please give at least one time for reminders"),
    ],
)
async def test_times_that_can_not_be_are_named_at_their_field(
    ward: Ward, values: Mapping[str, str], field: str, words: str
) -> None:
    sister = await sister_of_willow(ward)
    await with_three_shifts(ward, sister)
    await sent(sister, values)
    assert words in sister.errors[field]


async def test_a_time_zone_that_does_not_exist_is_named_at_its_field(ward: Ward) -> None:
    sister = await sister_of_willow(ward)
    await sister.command("/huddle setup")
    no_shifts = FIRST | {"Shifts": "No shifts: the times below"}
    await sent(sister, no_shifts | {"Time zone": "Europe/Lndon", "Huddle 1": "07:45", "Huddle 2": "07:45"})
    assert "The same time is there twice" in sister.errors["Huddle 2"]
    await sent(sister, {"Huddle 2": "19:45"})
    assert "There is no time zone “Europe/Lndon”" in sister.errors["Time zone"]
    assert "Mon 23 Nov 07:45, huddle" in await sent(sister, {"Time zone": "europe/london"})


async def test_going_back_keeps_what_was_typed_and_saves_nothing(ward: Ward) -> None:
    sister = await sister_of_willow(ward)
    await with_three_shifts(ward, sister)
    await sent(sister, {f"Huddles: {LATE}": "15:00"})
    await sent(sister, {"Go back and change something": True})
    assert sister.typed("Name of the ward") == "Willow"
    await sent(sister, {"Name of the ward": "Willow House"})
    assert sister.typed(f"Huddles: {LATE}") == "15:00"
    await sent(sister)
    assert "Willow House" in sister.form and await stored(ward) is None


async def test_a_name_taken_meanwhile_is_said_at_the_last_step(ward: Ward) -> None:
    sister = await sister_of_willow(ward)
    await with_three_shifts(ward, sister)
    await sent(sister)
    async with ward.stage.house.store() as session:
        rowan = await wards.ward_named(session, "Rowan")
        assert rowan
        rowan.name = "Willow"
    await sister.submit()
    assert "Another ward has this name" in " ".join(sister.errors.values())


async def test_the_longest_words_still_fit(ward: Ward) -> None:
    """What travels with a form has 3000 characters on Slack."""
    sister = await sister_of_willow(ward)
    name = "".join(chr(0x4E00 + 37 * n) for n in range(80))
    await with_three_shifts(ward, sister, Shifts="Our own: on the next page", **{"Name of the ward": name})
    rows: dict[str, str] = {}
    for n in range(1, 7):
        clock = {f"Shift {n} starts": f"{4 * n - 4:02}:00", f"Shift {n} ends": f"{4 * n % 24:02}:00"}
        rows |= {f"Shift {n}": name[n * 8 : n * 8 + 30]} | clock
    await sent(sister, rows)
    assert not sister.errors
    assert "The next five times" in await sent(sister)
    await sister.submit()
    assert "is set up" in sister.told()


async def test_a_change_takes_effect_from_the_next_occurrence(ward: Ward) -> None:
    """Rowan, which had its huddle at 07:45 today, gets shifts: no second one today, the first new one tonight."""
    manager = await ward.somebody("U0MANAGER")
    await ward.stage.at("2026-11-23 07:45")
    await hold_huddle(manager)
    await manager.command("/huddle setup")
    await sent(manager, {"Shifts": THREE_SHIFTS})
    assert (manager.typed(f"Huddles: {EARLY}"), manager.typed(f"Huddles: {LATE}")) == ("07:45", "19:45"), "as they were"
    assert manager.typed(f"Huddles: {NIGHT}") == "20:45", "which had none"
    preview = await sent(manager, {f"Huddles: {EARLY}": "08:30"})
    first = [line[2:] for line in preview.splitlines() if line.startswith("•")][:3]
    assert first == ["Mon 23 Nov 09:00, digest", "Mon 23 Nov 11:00, reminder", "Mon 23 Nov 19:45, huddle"]
    await manager.submit()
    assert await ward.stage.at("2026-11-23 08:30") == 0
    assert await ward.stage.at("2026-11-24 08:30") > 0
    assert "Mon 23 Nov" not in (await manager.channel()).rpartition("Start huddle")[2]


async def test_a_shift_that_starts_later_keeps_the_times_of_all(ward: Ward) -> None:
    """And no huddle is added where the ward chose to have none."""
    sister = await sister_of_willow(ward)
    await with_three_shifts(ward, sister)
    chosen = {f"Huddles: {EARLY}": "08:00", f"Huddles: {LATE}": "", f"Huddles: {NIGHT}": "01:30"}
    await sent(sister, chosen | {f"Reminders: {EARLY}": "12:00"})
    await sister.submit()

    await sister.command("/huddle setup")
    await sent(sister, {"Shifts": "Our own: on the next page"})
    await sent(sister, {"Shift 3 starts": "20:45"})
    await sent(sister)
    await sister.submit()
    saved = await stored(ward)
    assert saved and saved.shifts[2] == "Night 20:45-07:30"
    assert (saved.huddle_times, saved.reminder_times) == (["01:30", "08:00"], ["12:00"])


@pytest.mark.parametrize("way", ["slack over http"])
async def test_what_no_day_has_room_for_is_said_and_not_promised(ward: Ward) -> None:
    sister = await sister_of_willow(ward)
    await sister.command("/huddle setup")
    two = {"Huddle 1": "07:45", "Huddle 2": "19:45", "Shifts": "No shifts: the times below"}
    preview = await sent(sister, FIRST | two | {"Posts in a day": "At most 2 a day"})
    lines = [line[2:] for line in preview.splitlines() if line.startswith("•")]
    assert lines[:3] == ["Mon 23 Nov 07:45, huddle", "Mon 23 Nov 19:45, huddle", "Tue 24 Nov 07:45, huddle"]
    assert "no room for the weekly digest, the daily reminder and scenes to think through" in preview
