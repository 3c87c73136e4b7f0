"""Whether Teams' side is in order, for `bot check`."""

from __future__ import annotations

from bot.chat.front import Checked, SendError
from bot.chat.teams.cloud import Cloud
from bot.chat.teams.connector import Connector
from bot.chat.teams.door import MESSAGES_PATH
from bot.settings import Settings


async def check(settings: Settings, cloud: Cloud | None = None) -> list[Checked]:
    """Try to get a token for the bot, and look at the way by which Teams reaches it."""
    return [await _token(settings, cloud or Cloud()), _way_in(settings)]


async def _token(settings: Settings, cloud: Cloud) -> Checked:
    if not (settings.teams_client_secret.get_secret_value() or cloud.token):
        return Checked("teams client secret", False, "set TEAMS_CLIENT_SECRET")
    connector = Connector(settings, cloud)
    try:
        await connector.token(cloud.environment.bot_scope, connector.tenant)
    except SendError as error:
        words = f"Entra answers {error.reason}: see TEAMS_CLIENT_ID, TEAMS_CLIENT_SECRET and TEAMS_TENANT_ID"
        return Checked("teams client secret", False, words)
    finally:
        await connector.close()
    return Checked("teams client secret", True, f"Entra gives a token in tenant {settings.teams_tenant_id}")


def _way_in(settings: Settings) -> Checked:
    if not settings.public_url.startswith("https://"):
        return Checked("teams way in", False, "PUBLIC_URL must be an https address: Teams posts there")
    words = f"messaging endpoint {settings.public_url}{MESSAGES_PATH}; pictures of charts are fetched there too"
    return Checked("teams way in", True, words)
