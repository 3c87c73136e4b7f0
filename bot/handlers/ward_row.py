"""A ward as the set-up form or a row of wards.csv says it: checked, saved with its schedules, and written back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import time
from functools import cache
import itertools
import re
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from bot.chat.front import Destination
from bot.chat.message import PERSON_ID
from bot.settings import GUID, WORKFLOW_NAME, keyed_hash
from bot.store import wards
from bot.store.database import Session
from bot.store.shifts import DAYS, Shift, TimeOfDay, impossible
from bot.store.tables import WORKFLOW, Ward

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PAGE = "page:"
"""Before a browser page's own key, where a file names one."""
MOST_TIMES = 6
UK = "Europe/London"
TO_WORKFLOW = "workflow:"
"""Before the name of a one-way channel (TEAMS_WORKFLOWS), where a file names one."""
ELSEWHERE = re.compile(r"(slack|teams):(?:([^/]*)/)?(.*)")
"""A channel of another front or workspace than the ward's: `teams:TENANT/19:...@thread.tacv2`."""
IDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "slack": {
        "workspace": (r"[TE][A-Z0-9]+", "a Slack channel needs its workspace's ID (T...)"),
        "channel": (
            r"[CG][A-Z0-9]+",
            "a Slack channel's ID begins with C and is at the bottom of its details",
        ),
        "person": (r"[UW][A-Z0-9]+", "a Slack member's ID begins with U and is in their profile (Copy member ID)"),
    },
    "teams": {
        "workspace": (GUID, "a Teams channel needs its tenant's ID, as TEAMS_TENANT_ID has it"),
        "person": (f"{GUID}|29:.+", "a Teams member's ID is their object ID, as Entra shows it"),
        "channel": (
            r"19:[^;/\s]+@thread\.[a-z0-9]+",
            "a Teams channel's ID begins with 19: and is in its link (Get link to channel), without the %-signs",
        ),
    },
}
"""What platforms' own names for places look like, and where a person finds them."""
NO_ADDRESS = "write the channel's name in TEAMS_WORKFLOWS; its workflow's address is a secret, and stays there"
_Read = TypeVar("_Read")
NUDGE_AFTER = 45
LATEST_NUDGE = 240
"""Minutes until a huddle that nobody answered is brought to mind, and the most that a ward can choose."""
FEWEST_AND_MOST = (2, 8)
"""How much a ward may choose to hear in a day, where it does not want all."""
MOST_PEOPLE = 10
"""Managers that a ward may have, and leaders."""
MAY_STAY = ("workflow", "leaders", "shifts", "nudge_after", "most_posts")
"""What a file of an earlier version does not speak of."""


@cache  # it looks through folders each time
def zones() -> Mapping[str, str]:
    """Every time zone, by its name in small letters."""
    return {zone.lower(): zone for zone in available_timezones()}


def _clock(given: object) -> str:
    try:
        hour, minute = str(given).strip().split(":")
        return f"{time(int(hour), int(minute)):%H:%M}"
    except ValueError:
        raise ValueError(f"“{given}” is not a time; write it like 07:45") from None


def _several(given: object) -> object:
    return [one.strip() for one in given.split(";") if one.strip()] if isinstance(given, str) else given


def _day(given: object) -> object:
    found = [at for at, day in enumerate(DAY_NAMES) if str(given).strip().lower() in (day, day[:3])]
    if not found:
        raise ValueError(f"“{given}” is not a day; write monday to sunday")
    return found[0]


def _each(read: Callable[[str], _Read], given: object) -> list[_Read]:
    """What is written in a list; raises ValueError with all that is wrong."""
    found: list[_Read] = []
    wrong: list[str] = []
    for one in given if isinstance(given, list | tuple) else ():
        try:
            found.append(read(str(one)))
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise ValueError("; ".join(wrong))
    return found


def _times(given: object) -> list[str]:
    times = sorted(_each(TimeOfDay.read, given))
    if not 1 <= len(times) <= MOST_TIMES:
        raise ValueError(f"write one to {MOST_TIMES} times, like 07:45;19:45")
    for one, other in itertools.pairwise(times):
        if one.at == other.at and DAYS[one.days] & DAYS[other.days]:
            raise ValueError(f"the same time is there twice: {other.at:%H:%M}")
    return [str(one) for one in times]


def _people(given: object) -> list[str]:
    people = list(dict.fromkeys(_each(str, given)))
    if len(people) > MOST_PEOPLE:
        raise ValueError(f"write at most {MOST_PEOPLE}")
    return people


def _shifts(given: object) -> list[str]:
    shifts = _each(Shift.read, given)
    if wrong := impossible(shifts):
        raise ValueError(wrong[1])
    return [str(one) for one in shifts]


def _number(least: int, most: int, empty: int | None) -> BeforeValidator:
    """A whole number; an empty cell says what every ward has that did not choose."""

    def read(given: object) -> int | None:
        if given is None or given == "":
            return empty
        number = int(str(given)) if str(given).isascii() and str(given).isdigit() else -1
        if not least <= number <= most:
            raise ValueError(f"write a whole number from {least} to {most}")
        return number

    return BeforeValidator(read)


Clock = Annotated[str, BeforeValidator(_clock)]
Several = BeforeValidator(_several)
Times = Annotated[tuple[str, ...], BeforeValidator(_times), Several]


People = Annotated[tuple[str, ...], BeforeValidator(_people), Several]


class WardRow(BaseModel):
    """One ward. The fields are the columns of wards.csv, in order; the last seven may be left out."""

    model_config = ConfigDict(str_strip_whitespace=True, frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=80)]
    specialty: Literal["mental_health", "dementia", "learning_disability", "acute"]
    front: Literal["slack", "teams", "browser"]
    workspace: str = ""
    channel: str = ""
    leaders_channel: str = ""
    timezone: Annotated[str, BeforeValidator(lambda given: given or UK)] = UK
    nation: Literal["ENG", "WLS", "SCT", "NIR"]
    huddle_times: Times
    reminder_time: Times
    digest_day: Annotated[int, BeforeValidator(_day)]
    digest_time: Clock
    managers: Annotated[tuple[str, ...], Several] = ()
    workflow: str = ""
    shifts: Annotated[tuple[str, ...], BeforeValidator(_shifts), Several] = ()
    nudge_after: Annotated[int, _number(0, LATEST_NUDGE, NUDGE_AFTER)] = NUDGE_AFTER
    most_posts: Annotated[int | None, _number(*FEWEST_AND_MOST, None)] = None
    leaders: People = ()

    @field_validator("name")
    @classmethod
    def _one_line(cls, name: str) -> str:
        if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", name):
            raise ValueError("the name must be one line, without control characters")
        return name

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, given: str) -> str:
        zone = zones().get(given.lower().replace(" ", "_"))
        if zone is None:
            raise ValueError(f"there is no time zone “{given}”; for a ward in the UK write Europe/London")
        return ZoneInfo(zone).key

    @field_validator("workspace", "channel")
    @classmethod
    def _platforms_id(cls, given: str, info: ValidationInfo) -> str:
        _check_id(info.data.get("front", ""), str(info.field_name), given)
        return given

    @field_validator("leaders")  # managers were never held against this, and what is exported must go in again
    @classmethod
    def _platforms_people(cls, given: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for one in given:
            _check_id(info.data.get("front", ""), "person", one)
        return given

    @field_validator("leaders_channel")
    @classmethod
    def _channel_anywhere(cls, given: str, info: ValidationInfo) -> str:
        if "://" in given:
            raise ValueError(NO_ADDRESS)
        if given.startswith(TO_WORKFLOW):
            _check_workflow(given.removeprefix(TO_WORKFLOW))
        elif found := ELSEWHERE.fullmatch(given):
            front, workspace, channel = found.groups(default="")
            _check_id(front, "workspace", workspace)
            _check_id(front, "channel", channel)
        elif given:
            _check_id("browser" if given.startswith(PAGE) else info.data.get("front", ""), "channel", given)
        return given

    @field_validator("workflow")
    @classmethod
    def _named_workflow(cls, given: str) -> str:
        if given:
            _check_workflow(given)
        return given

    def place(self, secret: str) -> dict[str, str]:
        """Where the ward's own prompts go."""
        return self._address(secret, self.front, self.workspace, self.channel or self.name)

    def leaders_at(self, secret: str) -> Destination | None:
        """Where its leaders read their digest, if anywhere; it may be on another front."""
        cell = self.leaders_channel
        if not cell:
            return None
        if cell.startswith(TO_WORKFLOW):
            return Destination(WORKFLOW, {"name": cell.removeprefix(TO_WORKFLOW)})
        if cell.startswith(PAGE):
            return Destination("browser", self._address(secret, "browser", "", cell))
        found = ELSEWHERE.fullmatch(cell)
        front, workspace, channel = found.groups() if found else (self.front, self.workspace, cell)
        return Destination(front, self._address(secret, front, workspace, channel))

    @staticmethod
    def _address(secret: str, front: str, workspace: str, channel: str) -> dict[str, str]:
        if front in IDS:
            return {"workspace": workspace, "channel": channel}
        named = channel.removeprefix(PAGE)
        return {"page": named if channel.startswith(PAGE) else keyed_hash(secret, "page", channel)[:24]}

    @classmethod
    def of(cls, ward: Ward) -> WardRow:
        """The row that says what a ward is now."""
        fields = {name: getattr(ward, name) for name in cls.model_fields if hasattr(ward, name)}
        return cls.model_validate(
            {
                **fields,
                "reminder_time": ward.reminder_times,
                "digest_day": DAY_NAMES[ward.digest_day],
                "workspace": ward.place.get("workspace", ""),
                "channel": channel_of(ward.place),
                "leaders_channel": leaders_cell(ward),
                "workflow": ward.workflow or "",
            }
        )


def _check_id(front: str, column: str, given: str) -> None:
    if given == PAGE:
        raise ValueError("the page's own key is missing after page:")
    if front in IDS:
        pattern, words = IDS[front][column]
        if not re.fullmatch(pattern, given):
            raise ValueError(words)


def _check_workflow(name: str) -> None:
    if not re.fullmatch(WORKFLOW_NAME, name):
        raise ValueError(NO_ADDRESS)


def people_of(front: str, ids: Iterable[str]) -> tuple[str, ...]:
    """Those of the ids that can be somebody's on this front."""
    pattern = IDS[front]["person"][0] if front in IDS else PERSON_ID
    return tuple(one for one in ids if re.fullmatch(pattern, one))


def channel_of(place: Mapping[str, str]) -> str:
    """How a file names a place: a channel's id, or a page's key."""
    return place.get("channel") or (PAGE + place["page"] if "page" in place else "")


def leaders_cell(ward: Ward) -> str:
    """How a file names the leaders' channel of a ward."""
    at = ward.leaders_channel
    if at is None:
        return ""
    if at.front == WORKFLOW:
        return TO_WORKFLOW + at.address["name"]
    beside = at.front == ward.front and at.address.get("workspace") == ward.place.get("workspace")
    channel = channel_of(at.address)
    return channel if beside or at.front not in IDS else f"{at.front}:{at.address['workspace']}/{channel}"


async def save_row(session: Session, row: WardRow, ward: Ward | None, secret: str) -> Ward:
    """Make a ward of a row, or change the one given; `sync_schedules` then makes its prompts what it says.

    Managers that the row leaves empty stay as they are, and so does whatever of `MAY_STAY` it does not speak of.
    """
    values = {name: getattr(row, name) for name in Ward.model_fields if name in WardRow.model_fields}
    leaders = row.leaders_at(secret)
    values |= {
        "place": row.place(secret),
        "leaders_front": leaders and leaders.front,
        "leaders_place": leaders and dict(leaders.address),
        "workflow": row.workflow or None,
        "huddle_times": list(row.huddle_times),
        "reminder_times": list(row.reminder_time),
        "shifts": list(row.shifts),
        "leaders": list(row.leaders),
        "managers": list(row.managers) or (ward.managers if ward else []),
    }
    if ward is None:
        ward = Ward(**values, place_key="")
    else:
        values |= {name: getattr(ward, name) for name in MAY_STAY if name not in row.model_fields_set}
        moved = ward.place != values["place"]
        for name, value in values.items():
            setattr(ward, name, value)
        if moved:
            ward.paused_reason = None
    return await wards.save_ward(session, ward)
