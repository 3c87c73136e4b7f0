"""Posting by a Power Automate workflow: what it is sent, what its answers mean, and that its address stays secret."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
import json
import logging
import time
import traceback

import httpx
from pydantic import SecretStr
import pytest
import respx
from structlog.testing import capture_logs

from bot.chat.front import Destination, Front, Passing, Person, Refused, SendError, Unclear
from bot.chat.message import Button, Buttons, Chart, Heading, Message, Point, Text
from bot.chat.teams.cards import CARD_BYTES, CARD_TYPE, PictureAddress, message_card, no_pictures, size
from bot.chat.teams.workflow import WorkflowFront, as_posted

SIGNATURE = "kQ3-very-secret"
ADDRESS = f"https://flows.example/workflows/0a1b/triggers/manual/paths/invoke?api-version=1&sp=%2Frun&sig={SIGNATURE}"
HAZELS = "https://flows.example/hazel"
ROWAN, HAZEL, ELM = (Destination("workflow", {"name": name}) for name in ("rowan", "hazel", "elm"))
HELLO = Message("hello", "Hello", (Heading("Hello"), Text("**Hello**")))
CHART = Chart("Trend", (Point("1", 1.0),), alt="No change")
ACCEPTED = httpx.Response(202)


@pytest.fixture
def workflow() -> Iterator[respx.Route]:
    """Rowan's workflow; beside Hazel's no other address can be called."""
    with respx.mock(assert_all_called=False) as mock:
        mock.post(HAZELS).mock(return_value=ACCEPTED)
        yield mock.post(ADDRESS).mock(return_value=ACCEPTED)


def front(picture: PictureAddress = no_pictures) -> WorkflowFront:
    made = WorkflowFront({"rowan": SecretStr(ADDRESS), "hazel": SecretStr(HAZELS)}, picture)
    made.pace.seconds = 0.001
    return made


def answer(status: int, code: str = "", body: str = "", **headers: str) -> httpx.Response:
    """What Microsoft answers: its own word for what was wrong, or something else."""
    text = body or (json.dumps({"error": {"code": code, "message": f"at {ADDRESS}"}}) if code else "")
    return httpx.Response(status, text=text, headers=headers)


async def test_a_message_is_sent_once_in_the_documented_shape(workflow: respx.Route) -> None:
    keeping: Front = front()
    assert await keeping.post(ROWAN, HELLO, "key") == ROWAN
    [call] = workflow.calls
    assert call.request.headers["content-type"] == "application/json"
    card = message_card(HELLO, surface="one way")
    assert json.loads(call.request.content) == {
        "type": "message",
        "attachments": [{"contentType": CARD_TYPE, "contentUrl": None, "content": card}],
    }


async def test_nothing_can_be_tapped_there(workflow: respx.Route) -> None:
    tap = Buttons((Button("Useful", "reminder_useful", "1"),))
    await front().post(ROWAN, Message("reminder", "Hello", (Text("Hello"), tap)), "key")
    assert b"Action" not in workflow.calls.last.request.content


async def test_a_chart_is_a_picture_where_it_has_an_address_and_words_elsewhere(workflow: respx.Route) -> None:
    message = Message("digest", "This week", (CHART,))
    await front().post(ROWAN, message, "key")
    await front(lambda _: "https://w.example/c.png").post(ROWAN, message, "key")
    words, picture = (call.request.content for call in workflow.calls)
    assert b"No change" in words and b"Image" not in words
    assert b"https://w.example/c.png" in picture


def test_the_longest_message_stays_below_what_a_workflow_may_post() -> None:
    long = Message("digest", "Long", (Heading("Long"), *(Text("łong " * 100) for _ in range(99))))
    assert CARD_BYTES < size(as_posted(long)) + 1_000 < 28_000


async def test_each_channel_is_posted_to_at_its_own_pace(workflow: respx.Route) -> None:
    pacing = front()
    pacing.pace.seconds = 1.0
    began = time.monotonic()
    await pacing.post(ROWAN, HELLO, "1")
    await pacing.post(HAZEL, HELLO, "2")
    assert time.monotonic() - began < 1
    await pacing.post(ROWAN, HELLO, "3")
    assert time.monotonic() - began >= 0.99
    assert workflow.call_count == 2
    assert WorkflowFront({}).pace.seconds > 1


@pytest.mark.parametrize(
    ("given", "raised", "reason"),
    [
        (answer(400, "WorkflowTriggerIsNotEnabled"), Refused, "WorkflowTriggerIsNotEnabled"),
        (answer(401, "DirectApiAuthorizationRequired"), Refused, "DirectApiAuthorizationRequired"),
        (answer(401), Refused, "http_401"),
        (answer(403, body="<html>blocked by a proxy</html>"), Refused, "http_403"),
        (answer(404, "WorkflowNotFound"), Refused, "WorkflowNotFound"),
        (answer(404, body="[]"), Refused, "http_404"),
        (answer(410, body='{"error": "gone"}'), Refused, "http_410"),
        (answer(400, "InvalidRequestContent"), SendError, "InvalidRequestContent"),
        (answer(413), SendError, "http_413"),
        (answer(302, location="https://elsewhere.example"), SendError, "http_302"),
        (answer(429, "TooManyRequests"), Passing, "TooManyRequests"),
        (answer(503), Passing, "http_503"),
        (answer(500, "InternalServerError"), Unclear, "InternalServerError"),
        (answer(502, "NoResponse"), Unclear, "http_502"),
        (answer(504, "GatewayTimeout"), Unclear, "http_504"),
        (httpx.ConnectError("refused"), Passing, "unreachable"),
        (httpx.ConnectTimeout("slow"), Passing, "unreachable"),
        (httpx.ReadTimeout("silent"), Unclear, "connection_lost"),
        (httpx.RemoteProtocolError("dropped"), Unclear, "connection_lost"),
    ],
    ids=lambda given: getattr(given, "__name__", "") if isinstance(given, type) else str(given),
)
async def test_a_post_that_fails_says_how_and_is_neither_repeated_nor_told_with_its_address(
    workflow: respx.Route, caplog: pytest.LogCaptureFixture, given: object, raised: type[SendError], reason: str
) -> None:
    workflow.side_effect = [given]
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.NOTSET, "httpx")
    with capture_logs() as logs, pytest.raises(SendError) as caught:
        await front().post(ROWAN, HELLO, "key")
    assert type(caught.value) is raised
    assert caught.value.reason == reason
    assert workflow.call_count == 1
    said = "".join(traceback.format_exception(caught.value)) + repr(logs) + caplog.text
    assert SIGNATURE not in said and "flows.example" not in said


async def test_the_pause_that_microsoft_asks_for_is_kept(workflow: respx.Route) -> None:
    workflow.return_value = answer(429, **{"retry-after": "17"})
    with pytest.raises(Passing) as caught:
        await front().post(ROWAN, HELLO, "key")
    assert caught.value.retry_after == 17


async def test_a_post_that_goes_well_logs_no_address(workflow: respx.Route, caplog: pytest.LogCaptureFixture) -> None:
    """By default `httpx` logs each address that it calls, and the Teams SDK lets it where it is used beside."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.NOTSET, "httpx")
    with capture_logs() as logs:
        await front().post(ROWAN, HELLO, "key")
    assert workflow.called
    assert SIGNATURE not in repr(logs) + caplog.text + repr(vars(front()))


async def test_a_channel_that_is_not_set_up_is_refused_and_nobody_called(workflow: respx.Route) -> None:
    with pytest.raises(Refused) as caught:
        await front().post(ELM, HELLO, "key")
    assert caught.value.reason == "workflow_not_set_up"
    assert not workflow.called
    assert [await front().reachable(place) for place in (ROWAN, ELM)] == [True, False]


async def test_what_was_posted_can_be_neither_changed_nor_found_and_nobody_is_there_alone(
    workflow: respx.Route,
) -> None:
    with pytest.raises(Refused, match="one_way"):
        await front().update(ROWAN, HELLO)
    with pytest.raises(Refused, match="no_private_place"):
        await front().say_privately(Person("workflow", "U1"), HELLO)
    with pytest.raises(Unclear, match="no_history"):
        await front().find(ROWAN, "key", datetime.now(UTC))
    assert front().thread(ROWAN) == ROWAN
    assert not workflow.called
