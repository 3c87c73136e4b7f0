"""Socket Mode: the bot calls Slack, so a trial needs no public address."""

from __future__ import annotations

import asyncio
import contextlib
import time

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
import structlog

from bot.faults import log_fault

log = structlog.get_logger(__name__)


class SocketMode:
    """One connection, kept up.

    slack_sdk's monitor pings every ten seconds and replaces a connection that went stale. But while it connects it
    tries one address over and over, though Slack lets an address be used once and soon: so after `patience` seconds
    without a connection all of it is made anew.
    """

    def __init__(self, app: AsyncApp, app_token: str, patience: float = 60) -> None:
        self._app = app
        self._app_token = app_token
        self._patience = patience
        self._handler: AsyncSocketModeHandler | None = None
        self._keeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to connect, and return: whether Slack can be reached is for `is_connected` to say."""
        self._keeping = asyncio.create_task(self._keep_connected())

    async def stop(self) -> None:
        """Close the connection."""
        if self._keeping:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
        self._handler = None

    async def is_connected(self) -> bool:
        """Whether Slack answered the latest pings."""
        return self._handler is not None and await self._handler.client.is_connected()

    async def _keep_connected(self) -> None:
        while True:
            try:
                await self._one_connection()
            except Exception as error:
                log_fault(error, "slack socket")
            log.warning("slack_socket_renewed")

    async def _one_connection(self) -> None:
        self._handler = handler = AsyncSocketModeHandler(self._app, self._app_token, ping_interval=10)
        connecting = asyncio.create_task(handler.connect_async())  # type: ignore[no-untyped-call]
        try:
            connected_at = time.monotonic()
            while time.monotonic() - connected_at < self._patience:
                await asyncio.sleep(self._patience / 20)
                if await self.is_connected():
                    connected_at = time.monotonic()
        finally:
            connecting.cancel()
            await handler.close_async()  # type: ignore[no-untyped-call]
