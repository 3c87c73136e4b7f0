"""Where Teams is: Microsoft's own, or one on this machine for tests and for the local playground."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from microsoft_teams.api.auth.cloud_environment import PUBLIC, CloudEnvironment

TokenSource = Callable[[Any, str | None], Awaitable[str]]
"""A bearer token for a scope (or scopes) and a tenant."""


@dataclass(frozen=True)
class Cloud:
    """What a deployment never sets, since there is one Teams.

    `service_url` is where a conversation is looked for that has not been met yet: Microsoft's address for all regions
    (https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages).
    `token` takes the place of Entra. Without `authenticated`, whoever is on this machine may speak for anybody;
    without `dialogs`, the client opens none, and forms take a card's place.
    """

    environment: CloudEnvironment = PUBLIC
    service_url: str = "https://smba.trafficmanager.net/teams"
    token: TokenSource | None = None
    authenticated: bool = True
    dialogs: bool = True
