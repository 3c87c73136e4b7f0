"""When a debrief is offered, by whatever days and times a ward has; and after what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
import pytest

from bot.prompts.debrief import EVENTS
from bot.prompts.library import Debrief, Library
from bot.schedule.calendar import local
from bot.schedule.debriefs import NOT_BEFORE, event_of, offer_time, too_late
from bot.store.shifts import TimeOfDay
from bot.store.tables import Ward

TIMES = st.lists(
    st.builds("{:02}:{:02}{}".format, st.integers(0, 23), st.integers(0, 59), st.sampled_from(("", " weekdays"))),
    min_size=1,
    max_size=3,
)
NOW = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@given(huddles=TIMES, reminder=TIMES, now=NOW)
def test_it_comes_at_one_of_the_wards_times_after_an_hour_and_within_two_days(
    huddles: list[str], reminder: list[str], now: datetime
) -> None:
    ward = Ward(
        name="Rowan",
        specialty="acute",
        front="browser",
        timezone="Europe/London",
        huddle_times=huddles,
        reminder_times=reminder[:1],
        digest_day=0,
        digest_time="09:00",
    )
    due = offer_time(ward, now)
    assert NOT_BEFORE <= due - now <= timedelta(hours=48)
    until = too_late(ward, now)
    assert until - now <= timedelta(hours=73), "72, and an hour where the clocks change"
    assert until - due >= timedelta(hours=22), "so that a full day leaves another"
    at = local(due, ward.timezone)
    times = {TimeOfDay.read(text).at for text in (*huddles, *reminder[:1])}
    skipped = at.utcoffset() != (at - timedelta(hours=2)).utcoffset()
    assert at.time() in times or skipped, "an hour that the clocks skip is made up for when they have moved on"


def test_there_are_words_for_every_event_of_the_library_and_questions_for_every_event() -> None:
    known = set(get_args(Debrief.model_fields["event"].annotation))
    assert set(EVENTS) == known == {one.event for one in Library.load().debriefs.values()}


@pytest.mark.parametrize(
    ("used", "event"),
    [
        (["seated"], "restraint"),
        (["seated", "rapid_tranquillisation"], "rapid_tranquillisation"),
        (["rapid_tranquillisation", "segregation"], "seclusion"),
        (["mechanical"], "restraint"),
    ],
)
def test_the_tally_says_which_debrief_fits(used: list[str], event: str) -> None:
    assert set(used) <= {option.value for option in Library.load().pick_lists.used}
    assert event_of(used) == event
