from __future__ import annotations

from bot.chat.slack.check import check
from bot.chat.slack.manifest import SCOPES
from tests.chat.slack.conftest import settings_for
from tests.slack_workspace import Workspace


async def test_all_in_order(ws: Workspace) -> None:
    checked = await check(settings_for(ws))
    assert [(each.name, each.ok) for each in checked] == [
        ("slack bot token", True),
        ("slack scopes", True),
        ("slack app token", True),
    ]
    assert "xoxb" not in str(checked) and "xapp" not in str(checked)


async def test_a_wrong_bot_token_is_said(ws: Workspace) -> None:
    [token] = await check(settings_for(ws, slack_bot_token="xoxb-wrong"))
    assert not token.ok
    assert "invalid_auth" in token.words and "xoxb" not in token.words


async def test_missing_scopes_are_named(ws: Workspace) -> None:
    ws.scopes = set(SCOPES) - {"files:write", "im:write"}
    scopes = (await check(settings_for(ws)))[1]
    assert not scopes.ok
    assert "files:write, im:write" in scopes.words


async def test_a_wrong_app_token_is_said(ws: Workspace) -> None:
    way_in = (await check(settings_for(ws, slack_app_token="xapp-wrong")))[2]
    assert not way_in.ok


async def test_one_way_in_is_needed(ws: Workspace) -> None:
    assert not (await check(settings_for(ws, slack_app_token="")))[2].ok
    secret = {"slack_app_token": "", "slack_signing_secret": "s"}
    assert not (await check(settings_for(ws, **secret)))[2].ok
    assert (await check(settings_for(ws, **secret, public_url="https://bot.example")))[2].ok


async def test_slack_away_is_said(ws: Workspace) -> None:
    [token] = await check(settings_for(ws, slack_api_url="http://127.0.0.1:9/"))
    assert "unreachable" in token.words
