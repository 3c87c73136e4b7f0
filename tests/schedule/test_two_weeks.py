"""Two weeks of five wards' time with a clock change in between: every prompt once, at its local minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.store import ledger, pages
from bot.store.tables import Ward
from tests.stage import LONDON, stage

WARDS_CSV = Path(__file__).parents[2] / "examples" / "wards.csv"
MINUTE = timedelta(minutes=1)
Post = tuple[str, str, datetime]


def instant(day: date, at: str) -> datetime:
    """When a local time comes, worked out without the bot: skipped ones an hour later, repeated ones the first time."""
    local = datetime.combine(day, time.fromisoformat(at), LONDON)
    return local.astimezone(UTC)


def expected(wards: list[Ward], first: date, days: int) -> Iterator[Post]:
    """Every prompt that these wards should see: where, what, when."""
    leading = min(ward.key for ward in wards if ward.leaders_place)
    for day in (first + timedelta(days=number) for number in range(days)):
        for ward in wards:
            place = ward.place.get("channel") or ward.place["page"]
            for at in ward.huddle_times:
                yield place, "huddle", instant(day, at)
                yield place, "nudge", instant(day, at) + 45 * MINUTE
            [reminder] = ward.reminder_times
            yield place, "reminder", instant(day, reminder)
            if (day.weekday() - ward.digest_day) % 7 in (1, 4):
                yield place, "scenario", instant(day, reminder) + 120 * MINUTE
            if day.weekday() == ward.digest_day:
                yield place, "digest", instant(day, ward.digest_time)
                if ward.key == leading:
                    assert ward.leaders_place
                    yield ward.leaders_place["channel"], "leaders_digest", instant(day, ward.digest_time) + 60 * MINUTE


def kind_of(text: str) -> str:
    """Which kind of prompt a message is, from what people read."""
    if "wards: the week" in text or "1 ward: the week" in text:
        return "leaders_digest"
    return next(
        kind
        for words, kind in (
            ("is still open", "nudge"),
            ("the right time?", "missed"),
            ("the week of", "digest"),
            ("One small thing", "reminder"),
            ("A scene to think through", "scenario"),
            ("uddle", "huddle"),
        )
        if words in text
    )


@pytest.mark.parametrize("first", [date(2026, 3, 23), date(2026, 10, 19)], ids=["spring", "autumn"])
async def test_every_prompt_is_posted_exactly_once_at_the_right_local_minute(
    first: date, database_url: str, tmp_path: Path
) -> None:
    midnight = datetime.combine(first, time(), LONDON)
    async with stage("slack over http", database_url, tmp_path, f"{midnight - MINUTE:%Y-%m-%dT%H:%M}") as at:
        assert at.workspace
        csv = WARDS_CSV.read_text()
        for channel in ("ROWAN", "HAZEL", "BIRCH", "LINDEN", "LEADERS"):
            at.workspace.channel(channel.lower(), id=f"C0{channel}", members=["U0MANAGER"])
        wards = await at.wards(csv)
        plan = sorted(expected(wards, first, 14), key=lambda post: post[2])

        dues = {due for _, _, due in plan}
        for when in sorted({moment for due in dues for moment in (due - MINUTE, due, due + 3 * MINUTE)}):
            at.clock.at = when
            await at.tick()
            if when in dues:
                assert await at.tick() == 0, "a second look finds nothing new"

        posted = [
            (message.channel, kind_of(message.visible), datetime.fromtimestamp(float(message.ts), UTC))
            for message in at.workspace.messages
        ]
        async with at.house.store() as session:
            [alder] = [ward for ward in wards if ward.front == "browser"]
            for shown in await pages.latest_messages(session, alder.place["page"], 1000):
                posted.append((alder.place["page"], kind_of(shown.body), shown.posted_at))
            states = Counter(one.state for one, _ in await ledger.occurrences(session, until=plan[-1][2]))

    asked = [post for post in posted if post[1] == "missed"]
    assert len(asked) == sum(len(ward.huddle_times) for ward in wards), "nobody answers, and that is asked about once"
    plain = [post for post in posted if post[1] != "missed"]
    minutes = sorted((place, kind, when.replace(second=0, microsecond=0)) for place, kind, when in plain)
    assert minutes == sorted(plan)
    assert len(set(minutes)) == len(minutes) == 2 * 14 * (2 + 3 + 1 + 2 + 2) + 14 * 5 + 2 * 5 * 3 + 2
    assert states == {"sent": len(plan) + len(asked)}
