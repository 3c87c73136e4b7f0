"""Telling the trust's own system of reports: signed, tried again, given up in the end, and never the private part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
import hmac
import json
from pathlib import Path
import shutil
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
import pytest
import respx
from structlog.testing import capture_logs

from bot.app import build, put_away
from bot.handlers.wards_csv import import_wards
from bot.schedule import outgoing as delivery
from bot.schedule.outgoing import LEASE, LONGEST_WAIT, MOST_ATTEMPTS, Courier, backoff, retry_after
from bot.store import outgoing
from bot.store.database import Store, StoreAway
from bot.store.outgoing import HELD_BACK
from bot.store.reports import save_report
from bot.store.tables import Outgoing, Report
from bot.store.wards import ward_named
from tests.stage import MovableClock, settings_for
from tests.stories.conftest import COLUMNS, TIMES

URL = "https://trust.example/in?key=for-the-address"
SECRET = "a-secret-of-the-webhook"
START = datetime(2026, 11, 25, 12, 0, 0, 123456, tzinfo=UTC)
LINE = "He hit the wall by the tea trolley"


class Trust:
    """A house with a webhook, and the trust's own system at the other end."""

    def __init__(self, store: Store, other: respx.MockRouter) -> None:
        self.store = store
        self.clock = MovableClock(START)
        self.courier = self.another()
        self.route = other.post(URL)
        self.told = 0

    def another(self) -> Courier:
        """One more process."""
        return Courier(self.store, URL, SecretStr(SECRET), self.clock)

    async def report(self, **changes: Any) -> Report:
        """Save a report, and queue its call as its handler does. It is of somebody who gave a name."""
        self.told += 1
        values: dict[str, Any] = {
            "id": f"report-{self.told}",
            "kind": "near_miss",
            "day": date(2026, 11, 25),
            "shift_band": "morning",
            "area": "lounge",
            "building": ["noise"],
            "helped": ["listening", "space"],
            "level": "de_escalation",
            "recorded": "not_yet",
            "line": LINE,
            "added": LINE,
            "reporter": "slack:U0NURSE",
            "receipt": f"hash-of-a-code-{self.told}",
        }
        async with self.store() as session:
            ward = await ward_named(session, "Rowan")
            assert ward
            report = Report(ward_id=ward.key, **values | changes)
            await save_report(session, report)
            await outgoing.queue(session, report, ward, self.clock())
        return report

    async def after(self, wait: timedelta = timedelta()) -> int:
        """Let the courier work after a while; how many calls were taken."""
        self.clock.at += wait
        return await self.courier.deliver()

    async def calls(self) -> list[Outgoing]:
        """What anybody may see of the calls."""
        async with self.store() as session:
            return list(await outgoing.calls(session, self.clock()))

    async def state(self) -> tuple[str, int, str | None]:
        """State, attempts and problem of the only call."""
        [call] = await self.calls()
        return call.state, call.attempts, call.problem


@asynccontextmanager
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[Trust]:
    """The trust's system takes everything, unless a test says otherwise."""
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    async with store() as session:
        await import_wards(session, f"{COLUMNS}\nRowan,acute,browser,,,,{TIMES},\n", "secret", START)
    with respx.mock(assert_all_called=False) as other:
        trust = Trust(store, other)
        trust.route.respond(202)
        yield trust
    await store.close()


@pytest.fixture
async def trust(database_url: str, tmp_path: Path) -> AsyncIterator[Trust]:
    """On both databases."""
    async with opened(database_url, tmp_path) as trust:
        yield trust


@pytest.fixture
async def quick(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Trust]:
    """On SQLite alone, for what has nothing to do with databases."""
    shutil.copy(sqlite_template, tmp_path / "small.db")
    async with opened(f"sqlite:///{tmp_path / 'small.db'}", tmp_path) as trust:
        yield trust


async def test_a_call_says_what_was_picked_and_nothing_private_and_is_signed(trust: Trust) -> None:
    """Also of a named report; the signature is checked here as the handbook of HMAC says, and not by our own code."""
    await trust.report()

    assert await trust.after() == 1
    request = trust.route.calls.last.request
    assert json.loads(request.content) == {
        "id": "report-1",
        "kind": "near_miss",
        "ward": "Rowan",
        "day": "2026-11-25",
        "shift_band": "morning",
        "area": "lounge",
        "building": ["noise"],
        "helped": ["listening", "space"],
        "level": "de_escalation",
        "used": [],
        "duration": None,
        "debrief": None,
        "recorded": "not_yet",
        "suggested_lfpse_event_type": "incident",
    }
    timestamp = request.headers["X-Wardhuddle-Timestamp"]
    signature = hmac.new(SECRET.encode(), f"{timestamp}.{request.content.decode()}".encode(), sha256).hexdigest()
    assert timestamp == str(int(START.timestamp()))
    assert request.headers["X-Wardhuddle-Signature"] == f"sha256={signature}"
    assert request.headers["X-Wardhuddle-Id"] == "report-1"
    assert request.headers["Content-Type"] == "application/json"
    private = (LINE, "tea", "U0NURSE", "slack", "hash-of", "12:0", SECRET)
    said = request.content.decode() + str(request.headers)
    assert not [one for one in private if one in said]
    assert await trust.state() == ("sent", 1, None)


@pytest.mark.parametrize(("kind", "event"), [("success", "good_care"), ("restrictive", None), ("another", None)])
async def test_each_kind_suggests_its_event_type(kind: str, event: str | None, quick: Trust) -> None:
    """A tally none: the record that the Act asks for comes first. A new kind must not make a save fail."""
    await quick.report(kind=kind, used=["seated"], recorded=None)

    await quick.after()
    body = json.loads(quick.route.calls.last.request.content)
    assert (body["suggested_lfpse_event_type"], body["used"], body["recorded"]) == (event, ["seated"], None)


async def test_what_was_taken_is_not_told_again(trust: Trust) -> None:
    """Not after the lease, not after an hour."""
    await trust.report()
    await trust.after()

    assert await trust.after(LEASE) + await trust.after(HELD_BACK) == 0
    assert trust.route.call_count == 1


async def test_a_report_that_was_not_kept_is_not_told(trust: Trust) -> None:
    """One transaction keeps both or neither."""
    await trust.report()
    with pytest.raises(StoreAway):
        async with trust.store() as session:
            ward = await ward_named(session, "Rowan")
            assert ward
            lost = Report(
                id="lost", kind="success", ward_id=ward.key, day=START.date(), shift_band="", area="", level=""
            )
            await outgoing.queue(session, lost, ward, START)
            raise StoreAway("away")

    await trust.after()
    assert [json.loads(call.request.content)["id"] for call in trust.route.calls] == ["report-1"]


async def test_an_anonymous_report_is_told_at_a_random_time_within_the_hour_and_seen_by_nobody_until_then(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is it listed: that one is waiting would tell that somebody reported within the hour."""
    asked: list[int] = []
    monkeypatch.setattr(outgoing.secrets, "randbelow", lambda most: asked.append(most) or 2400)
    await trust.report(reporter=None)

    assert await trust.after(timedelta(seconds=2399)) == 0
    assert await trust.calls() == []
    assert await trust.after(timedelta(seconds=1)) == 1
    assert asked == [3600]


async def test_a_correction_before_the_call_is_what_is_told_and_one_after_it_is_told_too(trust: Trust) -> None:
    """By the same id."""
    report = await trust.report()
    for area in ("garden", "dining"):
        async with trust.store() as session:
            ward = await ward_named(session, "Rowan")
            assert ward
            report.area = area
            await outgoing.queue(session, report, ward, trust.clock())
        await trust.after()

    told = [json.loads(call.request.content) for call in trust.route.calls]
    assert [(one["id"], one["area"]) for one in told] == [("report-1", "garden"), ("report-1", "dining")]


async def test_a_correction_while_the_call_is_under_way_is_told_after_it(trust: Trust) -> None:
    """What comes back from the first call must not be taken for the second's."""
    report = await trust.report()

    async def corrected(_request: httpx.Request) -> httpx.Response:
        if trust.route.call_count == 0:
            async with trust.store() as session:
                ward = await ward_named(session, "Rowan")
                assert ward
                report.area = "garden"
                await outgoing.queue(session, report, ward, trust.clock())
        return httpx.Response(200)

    trust.route.side_effect = corrected
    await trust.after()
    await trust.after(timedelta(seconds=10))

    assert [json.loads(call.request.content)["area"] for call in trust.route.calls] == ["lounge", "garden"]
    assert (await trust.state())[0] == "sent"


async def test_a_report_that_was_withdrawn_is_not_told(trust: Trust) -> None:
    await trust.report()
    await trust.report()
    async with trust.store() as session:
        await outgoing.forget(session, "report-1")

    await trust.after()
    assert [json.loads(call.request.content)["id"] for call in trust.route.calls] == ["report-2"]


# What goes wrong


PASSING = {
    "http_500": httpx.Response(500),
    "http_503": httpx.Response(503),
    "http_429": httpx.Response(429),
    "http_408": httpx.Response(408),
    "timed_out": httpx.ReadTimeout("it said nothing"),
    "not_reached": httpx.ConnectError(f"no way to {URL}"),
}


@pytest.mark.parametrize("problem", PASSING)
async def test_what_may_pass_is_tried_again(problem: str, quick: Trust) -> None:
    """After half a minute, not before; and then it is taken."""
    await quick.report()
    answer = PASSING[problem]
    quick.route.mock(side_effect=[answer, httpx.Response(200)])

    assert await quick.after() == 0
    assert await quick.state() == ("due", 1, problem)
    assert await quick.after(timedelta(seconds=20)) == 0
    assert quick.route.call_count == 1
    assert await quick.after(timedelta(seconds=10)) == 1
    assert await quick.state() == ("sent", 2, None)


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 410, 422])
async def test_what_will_not_pass_is_given_up_at_once(status: int, quick: Trust) -> None:
    """A redirect is not followed: the body would go where nobody meant it to."""
    await quick.report()
    quick.route.respond(status, headers={"Location": "https://elsewhere.example/"})

    await quick.after()
    assert await quick.state() == ("dead", 1, f"http_{status}")
    assert await quick.after(timedelta(days=2)) == 0
    assert quick.route.call_count == 1


async def test_a_receiver_that_never_answers_is_given_up_after_its_time(
    quick: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that would send a byte now and then."""
    monkeypatch.setattr(delivery, "TIMEOUT", 0.01)

    async def never(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    await quick.report()
    quick.route.side_effect = never
    await quick.after()

    assert await quick.state() == ("due", 1, "timed_out")


async def test_it_is_tried_for_about_a_day_and_then_kept_as_dead_until_it_is_replayed(quick: Trust) -> None:
    """Each wait is at most an hour, so that a receiver that is mended hears soon."""
    await quick.report()
    quick.route.respond(503)
    tried = [quick.clock.at]
    await quick.after()
    while (await quick.state())[0] == "due":
        [call] = await quick.calls()
        assert call.not_before - quick.clock.at <= LONGEST_WAIT
        quick.clock.at = call.not_before
        tried.append(quick.clock.at)
        await quick.after()

    assert len(tried) == quick.route.call_count == MOST_ATTEMPTS
    assert timedelta(hours=18) < tried[-1] - tried[0] < timedelta(hours=27)
    assert await quick.state() == ("dead", MOST_ATTEMPTS, "http_503")
    quick.route.respond(200)
    assert await quick.after(timedelta(days=30)) == 0
    async with quick.store() as session:
        assert await outgoing.replay(session, quick.clock()) == 1
    assert await quick.after() == 1
    assert await quick.state() == ("sent", 1, None)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("600", 600),
        ("999999999999", 3600),
        (format_datetime(START.replace(microsecond=0) + timedelta(minutes=10), usegmt=True), 600),
    ],
)
async def test_retry_after_is_kept_to_up_to_an_hour(asked: str, seconds: int, quick: Trust) -> None:
    await quick.report()
    quick.route.mock(side_effect=[httpx.Response(429, headers={"Retry-After": asked}), httpx.Response(200)])

    await quick.after()
    assert await quick.after(timedelta(seconds=seconds - 1)) == 0
    assert quick.route.call_count == 1
    assert await quick.after(timedelta(seconds=1)) == 1


@pytest.mark.parametrize("asked", ["", "soon", "-5", "1.5", "٣", "Mon, 99 Nov 2026 99:99:99 GMT"])
def test_a_retry_after_that_says_nothing_is_let_be(asked: str) -> None:
    assert retry_after(asked, START) is None


def test_a_retry_after_in_the_past_is_now() -> None:
    assert retry_after("Wed, 25 Nov 2026 11:00:00 GMT", START) == timedelta()


@given(st.integers(1, MOST_ATTEMPTS))
def test_waits_grow_to_an_hour_and_no_further(attempts: int) -> None:
    wait = backoff(attempts)

    assert timedelta(seconds=24) <= wait <= LONGEST_WAIT
    assert attempts > 7 or wait <= timedelta(seconds=30 * 2 ** (attempts - 1))
    assert attempts <= 8 or wait >= LONGEST_WAIT * 0.8


async def test_one_that_is_refused_does_not_stop_the_others(quick: Trust) -> None:
    """More than a batch; the fault of one is its own."""
    for _ in range(delivery.BATCH * 2 + 1):
        await quick.report()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["X-Wardhuddle-Id"] == "report-2":
            raise RuntimeError(LINE)
        return httpx.Response(400 if request.headers["X-Wardhuddle-Id"] == "report-3" else 200)

    quick.route.side_effect = answer
    assert await quick.after() == delivery.BATCH * 2 - 1
    states = {call.id: (call.state, call.problem) for call in await quick.calls()}
    assert (states["report-2"], states["report-3"]) == (("due", "failed"), ("dead", "http_400"))


async def test_a_receiver_that_is_down_is_not_called_for_every_report_that_waits(trust: Trust) -> None:
    """A batch is enough to know."""
    for _ in range(delivery.BATCH * 3):
        await trust.report()
    trust.route.respond(503)

    await trust.after()
    assert trust.route.call_count == delivery.BATCH


# More than one process, and one that dies


async def test_several_processes_tell_each_report_once(trust: Trust) -> None:
    for _ in range(12):
        await trust.report()

    taken = await asyncio.gather(*(trust.another().deliver() for _ in range(3)))

    assert sum(taken) == trust.route.call_count == 12
    assert len({call.request.headers["X-Wardhuddle-Id"] for call in trust.route.calls}) == 12


async def test_a_call_whose_process_died_is_made_by_another_after_its_lease(trust: Trust) -> None:
    """By the same id, so that the receiver can tell."""
    await trust.report()
    async with trust.store() as session:
        await outgoing.claim(session, trust.clock(), LEASE, 10)

    assert await trust.after(LEASE - timedelta(seconds=1)) == 0
    assert await trust.after(timedelta(seconds=1)) == 1
    assert await trust.state() == ("sent", 2, None)


async def test_a_process_that_comes_back_late_changes_nothing(trust: Trust) -> None:
    """Another has taken its call over, and it was taken."""
    await trust.report()
    async with trust.store() as session:
        [late] = await outgoing.claim(session, trust.clock(), LEASE, 10)
    await trust.after(LEASE)

    async with trust.store() as session:
        assert not await outgoing.record(session, late, state="dead", problem="http_500")
    assert await trust.state() == ("sent", 2, None)


# Replaying, tidying, logs


async def test_one_call_may_be_replayed_by_its_id_also_when_it_was_sent(trust: Trust) -> None:
    """The receiver may have lost it. One that is due is left as it is."""
    await trust.report()
    await trust.report()
    await trust.after()
    async with trust.store() as session:
        assert await outgoing.replay(session, trust.clock()) == 0  # of the dead, and there is none
        assert await outgoing.replay(session, trust.clock(), "report-2") == 1
        assert await outgoing.replay(session, trust.clock(), "report-2") == 0
        assert await outgoing.replay(session, trust.clock(), "report-9") == 0

    assert await trust.after() == 1
    assert [call.request.headers["X-Wardhuddle-Id"] for call in trust.route.calls][2:] == ["report-2"]


async def test_what_was_taken_is_forgotten_after_a_week_and_what_was_given_up_is_not(trust: Trust) -> None:
    """What a report said is not kept twice for longer than it helps."""
    await trust.report()
    await trust.after()
    trust.route.respond(400)
    await trust.report()
    await trust.after()

    trust.clock.at += delivery.KEEP_SENT
    await trust.courier.tidy()
    assert [call.id for call in await trust.calls()] == ["report-1", "report-2"]
    trust.clock.at += timedelta(seconds=1)
    await trust.courier.tidy()
    assert [call.id for call in await trust.calls()] == ["report-2"]


@pytest.mark.parametrize(
    "answer", [httpx.Response(200), httpx.Response(400, text=LINE), *PASSING.values(), RuntimeError(LINE)]
)
async def test_no_log_has_anything_of_what_was_told(
    answer: httpx.Response | Exception, quick: Trust, caplog: pytest.LogCaptureFixture
) -> None:
    """However it goes: neither ours nor a library's, at any level."""
    caplog.set_level("DEBUG")
    await quick.report()
    quick.route.mock(side_effect=[answer])
    with capture_logs() as logs:
        await quick.after()

    said = str(logs) + "".join(record.getMessage() for record in caplog.records if record.name != "aiosqlite")
    assert [log["call"] for log in logs if log["event"] == "outgoing"] == ["report-1"]
    private = ("Rowan", "lounge", "noise", "listening", "near_miss", LINE, "U0NURSE", SECRET, "sha256=")
    assert not [one for one in private if one in said]


async def test_the_worker_of_a_house_with_a_webhook_tells_them(quick: Trust, tmp_path: Path) -> None:
    """As a job of its own, beside the prompts."""
    quick.clock.at = datetime.now(UTC)  # a job's first run is by the world's clock
    await quick.report()
    url = f"sqlite:///{tmp_path / 'small.db'}"
    house = build(settings_for(url, tmp_path, webhook_url=URL, webhook_secret=SecretStr(SECRET)))
    house.worker.start()
    async with asyncio.timeout(10):
        while not quick.route.called:  # noqa: ASYNC110 - the worker offers no event
            await asyncio.sleep(0.02)
    await house.worker.stop()
    await put_away(house)

    assert await quick.state() == ("sent", 1, None)
