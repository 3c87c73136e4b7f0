"""The floor: a Bolt app that only acknowledges taps, and opens one fixed view. Run as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
import re
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
import uvicorn


def bare_app(view: dict[str, Any]) -> AsyncApp:
    """Any button is acknowledged; `/report` opens the view."""
    client = AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client, signing_secret=os.environ.get("SLACK_SIGNING_SECRET"))

    @app.action(re.compile(".+"))
    async def tapped(ack: AsyncAck) -> None:
        await ack()

    @app.command("/report")
    async def report(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    return app


async def serve(app: AsyncApp) -> None:
    """Serve as `bot run` does: uvicorn, and Socket Mode where there is an app token."""
    handler = AsyncSlackRequestHandler(app)
    socket: AsyncSocketModeHandler | None = None

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    async def readyz(_request: Request) -> Response:
        ready = socket is None or await socket.client.is_connected()
        return PlainTextResponse("", 200 if ready else 503)

    routes = [Route("/slack/events", events, methods=["POST"]), Route("/readyz", readyz)]
    web = Starlette(routes=routes)
    config = uvicorn.Config(
        web, host="127.0.0.1", port=int(os.environ["PORT"]), log_config=None, access_log=False, server_header=False
    )
    if app_token := os.environ.get("SLACK_APP_TOKEN"):
        socket = AsyncSocketModeHandler(app, app_token)
        await socket.connect_async()  # type: ignore[no-untyped-call]
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(serve(bare_app(json.loads(Path("view.json").read_text()))))
