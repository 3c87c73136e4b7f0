"""The Bot Connector: answers the bot's calls over loopback as Teams would."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
import json
import time
from typing import Any

from aiohttp import web

from .limits import REFUSED_BYTES, size_of, wrong_with_message
from .people import Person
from .tenant import Call, Conversation, Message, Tenant
from .tokens import is_of_bot

CONVERSATION = "/emea/v3/conversations/{conversation}"
Work = Callable[[web.Request, Any], web.Response]


class Refused(Exception):
    """An error in Microsoft's shape."""

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message}}
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class Connector:
    """One aiohttp server on an ephemeral port of 127.0.0.1."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 2**20)
        activity = CONVERSATION + "/activities/{activity}"
        app.router.add_post("/emea/v3/conversations", self._served("create", self.create))
        app.router.add_post(CONVERSATION + "/activities", self._served("post", self.post))
        app.router.add_put(activity, self._served("update", self.update))
        app.router.add_delete(activity, self._served("delete", self.delete))
        app.router.add_get(CONVERSATION + "/members", self._served("members", self.members))
        app.router.add_get(CONVERSATION + "/{_:[pP]aged[mM]embers}", self._served("members", self.paged_members))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/emea/"

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    def _served(self, method: str, work: Work) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.StreamResponse:
            tenant = self.tenant
            tenant.in_flight += 1
            try:
                text = await request.text()
                body = json.loads(text) if text else None
                headers = {name.lower(): value for name, value in request.headers.items()}
                tenant.calls.append(Call(method, request.path, body, headers))
                fault = tenant.take_fault(method)
                if fault and fault.error == "drop_before":
                    raise Dropped
                if fault and isinstance(fault.error, int):
                    code = HTTPStatus(fault.error).phrase.replace(" ", "")
                    raise Refused(fault.error, code, f"Told to fail with {fault.error}.", fault.retry_after)
                self._authorise(request)
                answer = work(request, body)
                if fault and fault.error == "drop_after":
                    raise Dropped
                return answer
            except Refused as refused:
                return web.json_response(refused.body, status=refused.status, headers=refused.headers)
            except Dropped:
                if request.transport:
                    request.transport.abort()
                return web.Response(status=500)
            finally:
                tenant.in_flight -= 1
                tenant.last_activity = time.monotonic()

        return serve

    def _authorise(self, request: web.Request) -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or not is_of_bot(token, self.tenant.client_id, self.tenant.tenant_id):
            raise Refused(401, "Unauthorized", "Authorization has been denied for this request.")

    # the calls

    def create(self, request: web.Request, body: Any) -> web.Response:
        tenant_id = body.get("tenantId") or (body.get("channelData") or {}).get("tenant", {}).get("id")
        if tenant_id != self.tenant.tenant_id:
            raise Refused(400, "BadSyntax", f"Unknown tenant: {tenant_id}")
        members = body.get("members") or []
        if len(members) != 1:
            raise Refused(400, "BadSyntax", "Incorrect conversation creation parameters: one member is needed")
        wanted = members[0].get("id")
        person = next((one for one in self.tenant.people.values() if wanted in (one.id, one.user_id)), None)
        if person is None:
            raise Refused(404, "ConversationNotFound", "The user was not found.")
        if not any(where.bot and person in where.members for where in self.tenant.conversations.values()):
            raise Refused(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        chat = self.tenant.personal(person)
        chat.bot = True
        answer = {"id": chat.id, "serviceUrl": self.tenant.service_url}
        if body.get("activity"):
            answer["activityId"] = self._post(chat, "", body["activity"])
        return web.json_response(answer, status=201)

    def post(self, request: web.Request, body: Any) -> web.Response:
        where, thread = self._conversation(request)
        if body.get("type") != "message":  # typing, for example: nothing to keep
            return web.json_response({}, status=201)
        last, now = self.tenant.posted_at.get(where.id, -1.0), time.monotonic()
        if self.tenant.enforce_rates and now - last < 1:
            raise Refused(429, "TooManyRequests", "API calls quota exceeded! Maximum admitted 1 per 1s.", 1)
        activity_id = self._post(where, thread, body)
        self.tenant.posted_at[where.id] = now
        return web.json_response({"id": activity_id}, status=201)

    def update(self, request: web.Request, body: Any) -> web.Response:
        message = self._message(request)
        self._check(body)
        message.activity, message.number, message.edited = body, self.tenant.new_number(), True
        return web.json_response({"id": message.id})

    def delete(self, request: web.Request, body: Any) -> web.Response:
        message = self._message(request)
        message.deleted, message.number = True, self.tenant.new_number()
        return web.Response()

    def members(self, request: web.Request, body: Any) -> web.Response:
        where, _ = self._conversation(request)
        return web.json_response([self._account(person) for person in where.members])

    def paged_members(self, request: web.Request, body: Any) -> web.Response:
        where, _ = self._conversation(request)
        size = min(int(request.query.get("pageSize", self.tenant.members_a_page)), self.tenant.members_a_page)
        start = int(request.query.get("continuationToken") or 0)
        page = where.members[start : start + size]
        answer: dict[str, Any] = {"members": [self._account(person) for person in page]}
        if start + size < len(where.members):
            answer["continuationToken"] = str(start + size)
        return web.json_response(answer)

    # what they share

    def _conversation(self, request: web.Request) -> tuple[Conversation, str]:
        """The conversation and the thread in it that the path names."""
        conversation_id, _, thread = request.match_info["conversation"].partition(";messageid=")
        where = self.tenant.conversations.get(conversation_id)
        if where is None or (thread and thread not in where.threads):
            raise Refused(404, "ConversationNotFound", "Conversation not found.")
        if not where.bot:
            raise Refused(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        return where, thread

    def _message(self, request: web.Request) -> Message:
        where, _ = self._conversation(request)
        for message in self.tenant.posts(where):
            if message.id == request.match_info["activity"] and not message.deleted:
                return message
        raise Refused(404, "ActivityNotFoundInConversation", "The activity was not found in the conversation.")

    def _post(self, where: Conversation, thread: str, activity: Any) -> str:
        self._check(activity)
        activity_id = self.tenant.new_activity_id()
        where.threads.add(activity_id)
        number = self.tenant.new_number()
        self.tenant.messages.append(Message(activity_id, where, thread or activity_id, activity, number))
        return activity_id

    def _check(self, activity: Any) -> None:
        if size_of(activity) > REFUSED_BYTES:
            raise Refused(413, "MessageSizeTooBig", "Message size too large.")
        faults = wrong_with_message(activity)
        if faults:
            self.tenant.refusals += faults
            raise Refused(400, "BadSyntax", "; ".join(faults))

    def _account(self, person: Person) -> dict[str, str]:
        first, _, last = person.name.partition(" ")
        address = f"{person.id}@trust.example"
        names = {"name": person.name, "givenName": first, "surname": last}
        return {
            "id": person.user_id,
            "objectId": person.id,  # so Teams writes it here, and aadObjectId in activities
            **names,
            "email": address,
            "userPrincipalName": address,
            "tenantId": self.tenant.tenant_id,
            "userRole": "user",
        }
