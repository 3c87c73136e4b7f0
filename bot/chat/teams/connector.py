"""The Teams SDK's app: what the bot calls Teams with, and what Teams' activities are handed to."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
import logging
from typing import Any

from microsoft_teams.api.activities.message import MessageActivityInput
from microsoft_teams.api.auth import ClientCredentials
from microsoft_teams.api.clients.conversation import CreateConversationParams
from microsoft_teams.api.models import Account, Attachment
from microsoft_teams.apps import App
from microsoft_teams.apps.token_manager import TokenManager
from microsoft_teams.common import ClientOptions
import requests

from bot.chat.front import Passing, Refused
from bot.chat.teams.call import TIMEOUT
from bot.chat.teams.cards import CARD_TYPE, Card
from bot.chat.teams.cloud import Cloud, TokenSource
from bot.settings import Settings

logging.getLogger("microsoft_teams").setLevel(logging.CRITICAL)
"""Below that the SDK logs errors with the activities that caused them, which name people and hold their words."""
BUSY = frozenset({"temporarily_unavailable", "server_error"})
"""What Entra says when it can't give a token just now, or is asked too often
(https://learn.microsoft.com/entra/identity-platform/reference-error-codes)."""


class Connector:
    """Calls Teams. What it raises is `httpx`'s, or a `SendError` where there is no token to call with."""

    def __init__(self, settings: Settings, cloud: Cloud) -> None:
        self.cloud = cloud
        self.tenant = settings.teams_tenant_id
        self._workers = ThreadPoolExecutor(1, "teams-token")
        self.token: TokenSource = cloud.token or self._entra(settings)
        self.app = App(
            client_id=settings.teams_client_id,
            tenant_id=self.tenant,
            token=self.token,
            cloud=cloud.environment,
            service_url=cloud.service_url,
            # A connection that has gone stale can leave a post unclear, and Teams has no history to look it up in.
            client=ClientOptions(timeout=TIMEOUT, headers={"Connection": "close"}),
            http_server_adapter=_NoServer(),
            dangerously_allow_unauthenticated_requests=False,
        )

    async def ready(self) -> App:
        """The app, made ready at its first use; that calls nobody."""
        if self.app.server.on_request is None:
            await self.app.initialize()
        return self.app

    async def send(self, conversation: str, service_url: str, card: Card, summary: str, activity: str = "") -> str:
        """Post a card to a conversation, or put it in the place of an activity; the activity's id."""
        app = await self.ready()
        attachment = Attachment(content_type=CARD_TYPE, content=card)
        message = MessageActivityInput(attachments=[attachment], summary=summary, id=activity or None)
        return (await app.send(conversation, message, service_url=service_url)).id

    async def chat_with(self, person: str) -> str:
        """The conversation that a person (by Entra object id) has with the bot, made where there is none."""
        app = await self.ready()
        wanted = CreateConversationParams(members=[Account(id=person)], tenant_id=self.tenant)
        return (await app.api.conversations.create(wanted)).id

    async def look_into(self, conversation: str, service_url: str) -> None:
        """Raises where the bot is not let into a conversation."""
        app = await self.ready()
        await app.api.clone(service_url=service_url).conversations.get_paged_members(conversation, page_size=1)

    async def close(self) -> None:
        """Let the connections go."""
        for client in (self.app.http_client, self.app.api.http):
            await client.http.aclose()
        self._workers.shutdown(wait=False)

    def _entra(self, settings: Settings) -> TokenSource:
        """The SDK's own way to Entra, in a thread: its first call blocks while it looks for the tenant."""
        secret = settings.teams_client_secret.get_secret_value()
        known = ClientCredentials(client_id=settings.teams_client_id, client_secret=secret, tenant_id=self.tenant)
        manager = TokenManager(known, self.cloud.environment)

        async def token(scope: Any, tenant: str | None) -> str:
            def fetch() -> str:
                return str(asyncio.run(manager.get_app_token(scope, tenant)))

            try:
                async with asyncio.timeout(TIMEOUT):  # MSAL has none, and later it would look like an unclear post
                    return await asyncio.get_running_loop().run_in_executor(self._workers, fetch)
            except (requests.RequestException, TimeoutError) as error:
                raise Passing("entra_unreachable") from error
            except ValueError as error:  # with Entra's word for it, such as invalid_client
                word = str(error).partition(":")[0][:60]
                raise (Passing(word) if word in BUSY else Refused(word)) from error

        return token


class _NoServer:
    """The house has its own web server: `door` hands over what comes in."""

    def register_route(self, method: str, path: str, handler: object) -> None:
        """The SDK's own way in is not opened."""

    def serve_static(self, path: str, directory: str) -> None:
        """Nothing is served from here."""

    async def start(self, port: int) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""
