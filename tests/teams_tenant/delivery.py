"""How what people do reaches the bot: signed HTTP requests."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp

from . import activities, tokens

if TYPE_CHECKING:
    from .tenant import Tenant


class Deliveries:
    """Every activity delivered so far, and the way to deliver one."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.url: str | None = None
        self.all: list[dict[str, Any]] = []
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def send(self, activity: dict[str, Any]) -> tuple[int, Any]:
        """Delivers an activity and waits until the bot is still; the HTTP status and the answer's body."""
        self.all.append(activity)
        return await self._post(activity, tokens.for_bot(self.tenant.client_id, self.tenant.service_url))

    async def again(self, *, token: str | None = None, service_url: str = "", tenant_id: str = "") -> int:
        """Delivers the last activity (or a harmless message) with these things wrong; the HTTP status."""
        tenant = self.tenant
        if self.all:
            activity = self.all[-1]
        else:
            nobody = tenant.person("nobody")
            activity = activities.message(tenant, nobody, tenant.personal(nobody), "help")
        if tenant_id:
            activity = activities.of_tenant(activity, tenant_id)
        if service_url:
            activity = activity | {"serviceUrl": service_url}
        if token is None:
            token = tokens.for_bot(tenant.client_id, tenant.service_url)
        status, _ = await self._post(activity, token)
        return status

    async def _post(self, activity: dict[str, Any], token: str) -> tuple[int, Any]:
        assert self.url, "call deliver_to(url) first"
        known = asyncio.all_tasks()
        headers = {"User-Agent": "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(self.tenant.answer_within))
        what = activity.get("name") or activity["type"]
        try:
            async with self._session.post(self.url, json=activity, headers=headers) as answer:
                status, text = answer.status, await answer.text()
        except TimeoutError:
            raise AssertionError(f"no answer to {what} in {self.tenant.answer_within:g} s") from None
        finally:
            await self.tenant.settle(known)
        is_json = answer.content_type == "application/json" and text
        return status, json.loads(text) if is_json else text
