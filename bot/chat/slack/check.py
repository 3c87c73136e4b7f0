"""Whether Slack's side is in order, for `bot check`."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.front import Checked, SendError
from bot.chat.slack.call import again, web_client
from bot.chat.slack.manifest import SCOPES
from bot.settings import Settings


async def check(settings: Settings) -> list[Checked]:
    """Try the bot token and its scopes, and the way by which Slack reaches the bot."""
    client = web_client(settings, settings.slack_bot_token.get_secret_value())
    try:
        answer = await again(client.auth_test)
    except SendError as error:
        words = f"Slack answers {error.reason}: see SLACK_BOT_TOKEN, and the way out to {settings.slack_api_url}"
        return [Checked("slack bot token", False, words)]
    token = Checked("slack bot token", True, f"{answer['user']} in {answer['team']}")
    return [token, _scopes(answer.headers), await _way_in(settings)]


def _scopes(headers: Mapping[str, str]) -> Checked:
    """Slack names a token's scopes in a header of every answer (https://docs.slack.dev/authentication/tokens)."""
    given = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    missing = sorted(set(SCOPES) - {scope.strip() for scope in given.split(",")})
    if missing:
        return Checked("slack scopes", False, f"add {', '.join(missing)} to the app, then install it again")
    return Checked("slack scopes", True, "all there")


async def _way_in(settings: Settings) -> Checked:
    app_token = settings.slack_app_token.get_secret_value()
    if app_token:
        client = web_client(settings, None)
        try:
            await again(lambda: client.apps_connections_open(app_token=app_token))
        except SendError as error:
            return Checked("slack app token", False, f"Slack answers {error.reason}: it needs connections:write")
        return Checked("slack app token", True, "Socket Mode opens")
    if not settings.slack_signing_secret.get_secret_value():
        return Checked("slack way in", False, "set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)")
    if not settings.public_url.startswith("https://"):
        return Checked("slack way in", False, "PUBLIC_URL must be an https address for events over HTTP")
    return Checked("slack way in", True, f"events over HTTP at {settings.public_url}/slack/events")
