"""Socket Mode: the bot calls Slack, so a trial needs no public address."""

from __future__ import annotations

import asyncio
import contextlib

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp


class SocketMode:
    """One connection, kept up by slack_sdk: its monitor pings every ten seconds and replaces one that went stale."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        self._app = app
        self._app_token = app_token
        self._handler: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect, and return; while Slack can't be reached it is tried again every ten seconds."""
        self._handler = AsyncSocketModeHandler(self._app, self._app_token, ping_interval=10)
        self._connecting = asyncio.create_task(self._handler.connect_async())  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        """Close the connection; what was delivered over it is being answered still."""
        if self._handler and self._connecting:
            self._connecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._connecting
            await self._handler.close_async()  # type: ignore[no-untyped-call]

    async def is_connected(self) -> bool:
        """Whether Slack answered the latest pings."""
        return self._handler is not None and await self._handler.client.is_connected()
