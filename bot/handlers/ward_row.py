"""A ward as the set-up form or a row of wards.csv says it: checked, saved with its schedules, and written back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from functools import cache
import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from bot.settings import keyed_hash
from bot.store import wards
from bot.store.database import Session
from bot.store.tables import Ward

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PAGE = "page:"
"""Before a browser page's own key, where a file names one."""
MOST_HUDDLES = 6
UK = "Europe/London"
SLACK_IDS = {
    "workspace": (r"[TE][A-Z0-9]+", "a Slack ward needs its workspace's ID (T...)"),
    "channel": (r"[CG][A-Z0-9]+", "a Slack ward needs its channel's ID (C...), at the bottom of its details in Slack"),
    "leaders_channel": (r"[CG][A-Z0-9]+|", "a channel's ID begins with C and is at the bottom of its details in Slack"),
}
"""What Slack's own names for places look like, and where a person finds them."""
zones = cache(available_timezones)  # it looks through folders each time


def _clock(given: object) -> str:
    try:
        hour, minute = str(given).strip().split(":")
        return f"{time(int(hour), int(minute)):%H:%M}"
    except ValueError:
        raise ValueError(f"“{given}” is not a time; write it like 07:45") from None


def _several(given: object) -> object:
    return [one.strip() for one in given.split(";") if one.strip()] if isinstance(given, str) else given


def _day(given: object) -> object:
    found = [at for at, day in enumerate(DAYS) if str(given).strip().lower() in (day, day[:3])]
    if not found:
        raise ValueError(f"“{given}” is not a day; write monday to sunday")
    return found[0]


Clock = Annotated[str, BeforeValidator(_clock)]
Several = BeforeValidator(_several)


class WardRow(BaseModel):
    """One ward. The fields are the columns of wards.csv, in order; `managers` may be left out."""

    model_config = ConfigDict(str_strip_whitespace=True, frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=80)]
    specialty: Literal["mental_health", "dementia", "learning_disability", "acute"]
    front: Literal["slack", "browser"]
    workspace: str = ""
    channel: str = ""
    leaders_channel: str = ""
    timezone: Annotated[str, BeforeValidator(lambda given: given or UK)] = UK
    nation: Literal["ENG", "WLS", "SCT", "NIR"]
    huddle_times: Annotated[tuple[Clock, ...], Several]
    reminder_time: Clock
    digest_day: Annotated[int, BeforeValidator(_day)]
    digest_time: Clock
    managers: Annotated[tuple[str, ...], Several] = ()

    @field_validator("name")
    @classmethod
    def _one_line(cls, name: str) -> str:
        if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", name):
            raise ValueError("the name must be one line, without control characters")
        return name

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone not in zones():
            raise ValueError(f"there is no time zone “{zone}”; for a ward in the UK write Europe/London")
        return ZoneInfo(zone).key

    @field_validator("huddle_times")
    @classmethod
    def _distinct(cls, times: tuple[str, ...]) -> tuple[str, ...]:
        if not 1 <= len(times) <= MOST_HUDDLES:
            raise ValueError(f"write one to {MOST_HUDDLES} times, like 07:45;19:45")
        if len(set(times)) < len(times):
            raise ValueError("the same huddle time is there twice")
        return tuple(sorted(times))

    @field_validator(*SLACK_IDS)
    @classmethod
    def _slack_id(cls, given: str, info: ValidationInfo) -> str:
        pattern, words = SLACK_IDS[str(info.field_name)]
        if info.data.get("front") == "slack" and not re.fullmatch(pattern, given):
            raise ValueError(words)
        return given

    def place(self, secret: str) -> dict[str, str]:
        """Where the ward's own prompts go."""
        found = self._address(secret, self.channel or self.name)
        assert found is not None
        return found

    def leaders_place(self, secret: str) -> dict[str, str] | None:
        """Where its leaders read their digest, if anywhere."""
        return self._address(secret, self.leaders_channel)

    def _address(self, secret: str, channel: str) -> dict[str, str] | None:
        if not channel:
            return None
        if self.front == "slack":
            return {"workspace": self.workspace, "channel": channel}
        named = channel.removeprefix(PAGE)
        return {"page": named if channel.startswith(PAGE) else keyed_hash(secret, "page", channel)[:24]}

    @classmethod
    def of(cls, ward: Ward) -> WardRow:
        """The row that says what a ward is now."""
        fields = {name: getattr(ward, name) for name in cls.model_fields if hasattr(ward, name)}
        leaders = ward.leaders_place or {}
        return cls.model_validate(
            {
                **fields,
                "digest_day": DAYS[ward.digest_day],
                "workspace": ward.place.get("workspace", ""),
                "channel": channel_of(ward.place),
                "leaders_channel": channel_of(leaders),
            }
        )


def channel_of(place: Mapping[str, str]) -> str:
    """How a file names a place: a channel's id, or a page's key."""
    return place.get("channel") or (PAGE + place["page"] if "page" in place else "")


async def save_row(session: Session, row: WardRow, ward: Ward | None, secret: str) -> Ward:
    """Make a ward of a row, or change the one given; `sync_schedules` then makes its prompts what it says.

    Managers that the row leaves empty stay as they are.
    """
    values = {name: getattr(row, name) for name in Ward.model_fields if name in WardRow.model_fields}
    values |= {
        "place": row.place(secret),
        "leaders_place": row.leaders_place(secret),
        "huddle_times": list(row.huddle_times),
        "managers": list(row.managers) or (ward.managers if ward else []),
    }
    if ward is None:
        ward = Ward(**values, place_key="")
    else:
        moved = ward.place != values["place"]
        for name, value in values.items():
            setattr(ward, name, value)
        if moved:
            ward.paused_reason = None
    return await wards.save_ward(session, ward)
