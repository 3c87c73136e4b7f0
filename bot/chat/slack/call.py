"""Calling Slack, and what its errors mean."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
import logging
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.chat.front import Passing, Refused, SendError, Unclear
from bot.settings import Settings

quiet = logging.getLogger("bot.slack")
quiet.setLevel(logging.ERROR)
"""What slack_sdk and Bolt log with: below ERROR they log request bodies, which name people and hold their words."""

MENDABLE = frozenset({
    "access_denied", "accesslimited", "account_inactive", "channel_not_found", "ekm_access_denied",
    "enterprise_is_restricted", "invalid_auth", "is_archived", "messages_tab_disabled",
    "method_not_supported_for_channel_type", "missing_scope", "no_permission", "not_allowed_token_type", "not_authed",
    "not_in_channel", "org_login_required", "restricted_action", "restricted_action_non_threadable_channel",
    "restricted_action_read_only_channel", "restricted_action_thread_only_channel", "team_access_not_granted",
    "team_not_found", "token_expired", "token_revoked", "two_factor_setup_required", "user_not_found",
})  # fmt: skip
"""Errors that last until somebody changes the workspace, the channel or the app
(https://docs.slack.dev/reference/methods/chat.postMessage#errors)."""

NOT_DONE = frozenset({"rate_limited", "ratelimited", "request_timeout", "service_unavailable", "team_added_to_org"})
"""Errors that pass, and after which Slack surely did nothing."""

PERHAPS_DONE = frozenset({"fatal_error", "internal_error"})
"""Of these Slack says that "some aspect of the operation" may have succeeded."""

_PATIENCE = 3.0


class Gone(SendError):
    """The message that was to be updated has been deleted."""


def web_client(settings: Settings, token: str | None) -> AsyncWebClient:
    """A client that repeats nothing by itself: whether a call may be repeated is for its caller to know.

    (slack_sdk's connection handler may post twice; its rate-limit handler waits the first digit of Retry-After.)
    """
    return AsyncWebClient(token=token, base_url=settings.slack_api_url, timeout=10, retry_handlers=[], logger=quiet)


async def again(call: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
    """Make a call that may be repeated, a second time if the first met something that passes within seconds."""
    try:
        with told(repeatable=True):
            return await call()
    except Passing as error:
        pause = 0.5 if error.retry_after is None else error.retry_after
        if pause > _PATIENCE:
            raise
        await asyncio.sleep(pause)
    with told(repeatable=True):
        return await call()


@contextmanager
def told(*, repeatable: bool) -> Iterator[None]:
    """Turn whatever a call to Slack raises into a `SendError`.

    What may or may not have been done is `Unclear`, or for a call that is safe to repeat, `Passing`.
    """
    try:
        yield
    except SlackApiError as error:
        raise _as_send_error(error, repeatable) from error
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise Passing("unreachable") from error
    except (aiohttp.ClientError, OSError, TimeoutError, SlackClientError) as error:
        raise _unclear("connection_lost", repeatable) from error


def reason_of(error: SlackApiError) -> str:
    """Slack's own word for what was wrong, or the HTTP status where it (or a proxy) said none."""
    return _word(error) or f"http_{_status(error)}"


def _as_send_error(error: SlackApiError, repeatable: bool) -> SendError:
    word, status, reason = _word(error), _status(error), reason_of(error)
    if status == 429:
        return Passing("ratelimited", _retry_after(error))
    if word in NOT_DONE or (not word and 400 <= status < 500):
        return Passing(reason)
    if word in PERHAPS_DONE or not word or status >= 500:
        return _unclear(reason, repeatable)
    if word == "message_not_found":
        return Gone(reason)
    return Refused(reason) if word in MENDABLE else SendError(reason)


def _word(error: SlackApiError) -> str:
    return str(error.response.get("error") or "") if isinstance(error.response, AsyncSlackResponse) else ""


def _unclear(reason: str, repeatable: bool) -> SendError:
    return Passing(reason) if repeatable else Unclear(reason)


def _status(error: SlackApiError) -> int:
    response: Any = error.response
    return int(response.status_code if isinstance(response, AsyncSlackResponse) else response.status)


def _retry_after(error: SlackApiError) -> float | None:
    headers: Mapping[str, str] = getattr(error.response, "headers", None) or {}
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(given) if given.isdecimal() else None
