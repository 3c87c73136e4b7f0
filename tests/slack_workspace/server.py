"""The HTTP and WebSocket side: answers the bot's calls over loopback as Slack would."""

from __future__ import annotations

import asyncio
from contextlib import suppress
import json
import time
from typing import Any

from aiohttp import WSMsgType, web

from .methods import APP_METHODS, METHODS, SCOPES, Methods
from .workspace import Call, Fault, SlackError, Workspace

# Arguments that come as JSON inside a form.
JSON_ARGS = ("blocks", "attachments", "metadata", "view", "files")
CONNECTIONS_MOST = 10


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class Server:
    """One aiohttp server on an ephemeral port of 127.0.0.1."""

    def __init__(self, workspace: Workspace) -> None:
        self.ws = workspace
        self.methods = Methods(workspace)
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/api/{method}", self.api)
        app.router.add_get("/ws/{ticket}", self.socket)
        app.router.add_post("/upload/v1/{file}", self.upload)
        app.router.add_post("/response/{key}", self.response_url)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    # the Web API

    async def api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = await _arguments(request)
        token = _token(request, args)
        self.ws.calls.append(Call(method, args, self.ws.now()))
        return await self._answer(request, method, lambda: self._call(method, token, args))

    async def _answer(self, request: web.Request, method: str, work: Any) -> web.StreamResponse:
        self.ws.in_flight += 1
        try:
            fault = self.ws.take_fault(method)
            if fault and (early := _early(fault)):
                return early
            result = work()
            if fault and fault.error == "drop_after":
                raise Dropped
            if isinstance(result, web.Response):
                return result
            headers = {"x-oauth-scopes": ",".join(sorted(self.ws.scopes))}
            if accepted := SCOPES.get(method):
                headers["x-accepted-oauth-scopes"] = ",".join(accepted)
            return web.json_response(result, headers=headers)
        except Dropped:
            if request.transport:
                request.transport.abort()
            return web.Response(status=500)
        finally:
            self.ws.in_flight -= 1
            self.ws.last_activity = time.monotonic()

    def _call(self, method: str, token: str | None, args: dict[str, Any]) -> dict[str, Any] | web.Response:
        try:
            work = METHODS.get(method)
            if work is None:
                raise SlackError("unknown_method", req_method=method)
            self._authorise(method, token)
            self._pace(method, args)
            return {"ok": True, **work(self.methods, args)}
        except SlackError as error:
            if error.error == "ratelimited":
                return _rate_limited(int(error.more["retry_after"]))
            return error.answer()

    def _authorise(self, method: str, token: str | None) -> None:
        if token is None:
            raise SlackError("not_authed")
        if token not in (self.ws.bot_token, self.ws.app_token):
            raise SlackError("invalid_auth")
        if (method in APP_METHODS) != (token == self.ws.app_token):
            raise SlackError("not_allowed_token_type")
        needed = SCOPES[method]
        if method not in APP_METHODS and needed and not set(needed) & self.ws.scopes:
            raise SlackError("missing_scope", needed=needed[0], provided=",".join(sorted(self.ws.scopes)))

    def _pace(self, method: str, args: dict[str, Any]) -> None:
        if not self.ws.enforce_rates or method != "chat.postMessage":
            return
        channel, now = str(args.get("channel")), time.monotonic()
        if now - self.ws.posted_at.get(channel, -1.0) < 1.0:
            raise SlackError("ratelimited", retry_after=1)
        self.ws.posted_at[channel] = now

    # files and response urls

    async def upload(self, request: web.Request) -> web.StreamResponse:
        if request.content_type.startswith("multipart/"):
            form = await request.post()
            part = next(iter(form.values()))
            content = part.file.read() if isinstance(part, web.FileField) else str(part).encode()
        else:
            content = await request.read()

        def keep() -> web.Response:
            file = self.ws.files.get(request.match_info["file"])
            if file is None or file.content is not None:
                return web.Response(status=404, text="not found")
            if len(content) != file.length:
                return web.Response(status=400, text=f"expected {file.length} bytes, got {len(content)}")
            file.content = content
            return web.Response(text=f"OK - {len(content)}")

        self.ws.calls.append(Call("upload", {"file": request.match_info["file"]}, self.ws.now()))
        return await self._answer(request, "upload", keep)

    async def response_url(self, request: web.Request) -> web.StreamResponse:
        args = await _arguments(request)
        self.ws.calls.append(Call("response_url", args, self.ws.now()))

        def respond() -> web.Response:
            try:
                self.methods.respond(request.match_info["key"], args)
            except SlackError as error:
                return web.json_response(error.answer(), status=404)
            return web.Response(text="ok")

        return await self._answer(request, "response_url", respond)

    # Socket Mode

    async def socket(self, request: web.Request) -> web.StreamResponse:
        deliveries = self.ws.deliveries
        if not self.methods.take_ticket(request.match_info["ticket"]):
            return web.Response(status=404, text="this url was used or never given")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(deliveries.sockets) >= CONNECTIONS_MOST:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        deliveries.sockets.append(socket)
        await socket.send_json({
            "type": "hello",
            "num_connections": len(deliveries.sockets),
            "debug_info": {"host": "stand-in", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": self.ws.app_id},
        })  # fmt: skip
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    deliveries.acknowledged(json.loads(message.data))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            deliveries.sockets.remove(socket)
        return socket


def _early(fault: Fault) -> web.Response | None:
    """The answer of a fault that keeps the work from being done."""
    if fault.error == "drop_after":
        return None
    if fault.error == "drop_before":
        raise Dropped
    if fault.error == "ratelimited":
        return _rate_limited(fault.retry_after)
    words = fault.error.lower().replace("_", " ").split()
    if len(words) == 2 and words[0] == "http" and words[1].isdigit():
        return web.Response(status=int(words[1]), text="<html>Oh no</html>", content_type="text/html")
    return web.json_response({"ok": False, "error": fault.error})


def _rate_limited(seconds: int) -> web.Response:
    answer = {"ok": False, "error": "ratelimited"}
    return web.json_response(answer, status=429, headers={"Retry-After": str(seconds)})


async def _arguments(request: web.Request) -> dict[str, Any]:
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        args |= json.loads(body) if body else {}
    elif request.can_read_body:
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    for name in JSON_ARGS:
        if isinstance(args.get(name), str):
            with suppress(ValueError):
                args[name] = json.loads(args[name])
    return {name: value for name, value in args.items() if value is not None}


def _token(request: web.Request, args: dict[str, Any]) -> str | None:
    given = args.pop("token", None)
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" and token else given
