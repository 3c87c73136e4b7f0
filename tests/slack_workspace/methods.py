"""The Web API methods this workspace knows, each with its scopes and Slack's own errors."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
import hashlib
from typing import Any

from .limits import MESSAGE, MESSAGE_TEXT_MOST, text_of_blocks, wrong_with_blocks, wrong_with_view
from .workspace import (
    RESPONSE_URL_LIVES,
    RESPONSE_URL_USES,
    Channel,
    File,
    Message,
    SlackError,
    View,
    Workspace,
)

READ = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")

# For each method the scopes of which it needs one (none: any token will do). For conversations.* the kind of
# the conversation decides which one: `channels:` public, `groups:` private, `im:` direct.
SCOPES: dict[str, tuple[str, ...]] = {
    "auth.test": (),
    "apps.connections.open": ("connections:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "views.open": (),
    "views.update": (),
    "views.push": (),
    "views.publish": (),
    "conversations.open": ("im:write",),
    "conversations.info": READ,
    "conversations.members": READ,
    "conversations.history": HISTORY,
    "conversations.replies": HISTORY,
    "users.info": ("users:read",),
    "files.getUploadURLExternal": ("files:write",),
    "files.completeUploadExternal": ("files:write",),
    "files.info": ("files:read",),
}
APP_METHODS = {"apps.connections.open"}
TEXT_MOST, UPDATE_TEXT_MOST, STACK_MOST = 40_000, 4_000, 3

Args = dict[str, Any]


class Methods:
    """What each method does to the workspace; a SlackError is an answer with `ok: false`."""

    def __init__(self, workspace: Workspace) -> None:
        self.ws = workspace
        self.tickets: set[str] = set()

    def take_ticket(self, ticket: str) -> bool:
        known = ticket in self.tickets
        self.tickets.discard(ticket)
        return known

    # auth and Socket Mode

    def auth_test(self, args: Args) -> Args:
        ws = self.ws
        return {
            "url": f"https://{ws.team_domain}.slack.com/",
            "team": ws.team_name,
            "user": ws.bot_name,
            "team_id": ws.team_id,
            "user_id": ws.bot_user,
            "bot_id": ws.bot_id,
            "is_enterprise_install": False,
        }

    def apps_connections_open(self, args: Args) -> Args:
        ticket = self.ws.new_id("ticket")
        self.tickets.add(ticket)
        return {"url": f"{self.ws.url.replace('http', 'ws', 1)}/ws/{ticket}"}

    # chat

    def chat_post_message(self, args: Args) -> Args:
        channel = self._channel_to_post(str(args.get("channel", "")))
        text, blocks = self._words(args, TEXT_MOST)
        message = self.ws.add_message(
            channel.id,
            self.ws.bot_user,
            text,
            blocks,
            by_bot=True,
            metadata=self._metadata(args),
            thread_ts=self._begun_thread(channel, args),
        )
        return {"channel": channel.id, "ts": message.ts, "message": self.shown(message, with_metadata=True)}

    def chat_update(self, args: Args) -> Args:
        message = self._own_message(args, "cant_update_message")
        text, blocks = self._words(args, UPDATE_TEXT_MOST)
        message.text = text
        if "blocks" in args:  # without them the old ones stay
            message.blocks = self.ws.fill_ids(blocks)
        if "metadata" in args:
            message.metadata = self._metadata(args)
        message.edited = True
        shown = self.shown(message, with_metadata=True)
        return {"channel": message.channel, "ts": message.ts, "text": text, "message": shown}

    def chat_delete(self, args: Args) -> Args:
        message = self._own_message(args, "cant_delete_message")
        self.ws.delete(message)
        return {"channel": message.channel, "ts": message.ts}

    def _begun_thread(self, channel: Channel, args: Args) -> str | None:
        """The thread to post to. Where its parent is gone Slack posts into the channel and says nothing
        (https://github.com/slackapi/python-slack-events-api/issues/87); so it does here under a reply, of which Slack
        says only that it is to be avoided."""
        parent = self.ws.message(channel.id, str(args["thread_ts"])) if args.get("thread_ts") else None
        if parent is None or parent.for_user or parent.thread_ts not in (None, parent.ts):
            return None
        parent.thread_ts = parent.ts
        return parent.ts

    def chat_post_ephemeral(self, args: Args) -> Args:
        channel = self._channel_to_post(str(args.get("channel", "")))
        user = str(args.get("user", ""))
        if user not in channel.members:
            raise SlackError("user_not_in_channel")
        text, blocks = self._words(args, TEXT_MOST)
        message = self.ws.add_message(channel.id, self.ws.bot_user, text, blocks, by_bot=True, for_user=user)
        return {"message_ts": message.ts}

    def respond(self, key: str, args: Args) -> None:
        """A POST to a response_url."""
        link = self.ws.response_urls.get(key)
        if link is None:
            raise SlackError("invalid_url")
        if self.ws.now() - link.made > RESPONSE_URL_LIVES:
            raise SlackError("expired_url")
        if link.uses >= RESPONSE_URL_USES:
            raise SlackError("used_url")
        origin = self.ws.message(link.channel, link.message_ts) if link.message_ts else None
        if args.get("delete_original"):
            link.uses += 1
            if origin:
                self.ws.messages.remove(origin)
            return
        text, blocks = self._words(args, TEXT_MOST)
        link.uses += 1
        if args.get("replace_original") and origin:
            origin.text, origin.edited = text, True
            origin.blocks = self.ws.fill_ids(blocks)
            return
        for_user = None if args.get("response_type") == "in_channel" else link.user
        thread_ts = args.get("thread_ts")
        message = self.ws.add_message(
            link.channel, self.ws.bot_user, text, blocks, by_bot=True, for_user=for_user, thread_ts=thread_ts
        )
        link.message_ts = link.message_ts or message.ts

    # views

    def views_open(self, args: Args) -> Args:
        trigger = self.ws.check_trigger(_required(args, "trigger_id"))
        view = self._new_view(args, trigger.user, "modal", trigger.channel)
        trigger.used = True
        view.root = view.id
        self.ws.stacks[trigger.user] = [view.id]
        return {"view": self.view_shown(view)}

    def views_push(self, args: Args) -> Args:
        trigger = self.ws.check_trigger(_required(args, "trigger_id"))
        stack = self.ws.stacks.get(trigger.user)
        if not stack:
            raise SlackError("no_view_to_push_onto")
        view = self.push(trigger.user, args, trigger.channel)
        trigger.used = True
        return {"view": self.view_shown(view)}

    def push(self, user: str, args: Args, channel: str | None = None) -> View:
        """A view on top of the ones that are open (by views.push or by an acknowledgement)."""
        stack = self.ws.stacks[user]
        if len(stack) >= STACK_MOST:
            raise SlackError("push_limit_reached")
        view = self._new_view(args, user, "modal", channel)
        view.root, view.previous = stack[0], stack[-1]
        stack.append(view.id)
        return view

    def views_update(self, args: Args) -> Args:
        view = self._find_view(args)
        if args.get("hash") and args["hash"] != view.hash:
            raise SlackError("hash_conflict")
        self.replace(view, args)
        return {"view": self.view_shown(view)}

    def replace(self, view: View, args: Args) -> None:
        """New contents for an open view; what was typed stays where block and action ids are the same."""
        view.payload = self._view_payload(args, view.payload["type"], view.id)
        view.hash = self._hash()
        kept = set(_elements(view.payload))
        view.values = {key: value for key, value in view.values.items() if key in kept}

    def views_publish(self, args: Args) -> Args:
        user = _required(args, "user_id")
        if user not in self.ws.people:
            raise SlackError("invalid_user_id")  # check: Slack documents no name for this
        old = self.ws.homes.get(user)
        if args.get("hash") and old and args["hash"] != old.hash:
            raise SlackError("hash_conflict")
        view = self._new_view(args, user, "home", None, old.id if old else None)
        view.root = view.id
        self.ws.homes[user] = view
        return {"view": self.view_shown(view)}

    def _new_view(self, args: Args, user: str, kind: str, channel: str | None, id: str | None = None) -> View:
        payload = self._view_payload(args, kind, id)
        view = View(id or self.ws.new_id("V"), user, payload, self._hash(), channel)
        self.ws.views[view.id] = view
        return view

    def _view_payload(self, args: Args, kind: str, view_id: str | None) -> Args:
        payload = args.get("view")
        faults = wrong_with_view(payload, self.ws.usable_file)
        if faults == ["view_too_large"]:
            raise SlackError("view_too_large")
        if not faults and payload and payload["type"] != kind:
            faults = [f"unsupported type: {payload['type']} [json-pointer:/view/type]"]
        if faults or not payload:
            raise SlackError("invalid_arguments", faults)
        external_id = payload.get("external_id")
        others = (v for v in self.ws.views.values() if v.id != view_id and self._is_open(v))
        if external_id and any(v.payload.get("external_id") == external_id for v in others):
            raise SlackError("duplicate_external_id")
        return {**payload, "blocks": self.ws.fill_ids(payload["blocks"])}

    def _find_view(self, args: Args) -> View:
        if not args.get("view_id") and not args.get("external_id"):
            raise SlackError("invalid_arguments", ["missing required field: view_id"])
        for view in self.ws.views.values():
            named = args.get("external_id") and view.payload.get("external_id") == args["external_id"]
            if (view.id == args.get("view_id") or named) and self._is_open(view):
                return view
        raise SlackError("not_found")

    def _is_open(self, view: View) -> bool:
        home = self.ws.homes.get(view.user)
        return view.id in self.ws.stacks.get(view.user, []) or bool(home and home.id == view.id)

    def _hash(self) -> str:
        return f"{self.ws.new_ts()}.{hashlib.sha1(self.ws.new_id('h').encode()).hexdigest()[:8]}"

    def view_shown(self, view: View, values: Args | None = None) -> Args:
        """A view as Slack hands it out, in answers and in payloads."""
        ws, payload = self.ws, view.payload
        shown: Args = {
            "id": view.id,
            "team_id": ws.team_id,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            **payload,
            "state": {"values": values or {}},
            "hash": view.hash,
            "previous_view_id": view.previous,
            "root_view_id": view.root,
            "app_id": ws.app_id,
            "app_installed_team_id": ws.team_id,
            "bot_id": ws.bot_id,
        }
        if payload["type"] == "modal":
            defaults = {"clear_on_close": False, "notify_on_close": False, "close": None, "submit": None}
            shown = {**defaults, **shown}
        return shown

    # conversations and users

    def conversations_open(self, args: Args) -> Args:
        users = [u.strip() for u in str(args.get("users", "")).split(",") if u.strip()]
        if len(users) != 1:  # group messages are not played here
            raise SlackError("users_list_not_supplied" if not users else "too_many_users")
        if users[0] not in self.ws.people:
            raise SlackError("user_not_found")
        return {"channel": {"id": self.ws.dm(users[0]).id}}

    def conversations_info(self, args: Args) -> Args:
        channel = self._channel(args, "read")
        shown: Args = {
            "id": channel.id,
            "name": channel.name,
            "is_channel": not channel.is_private,
            "is_group": channel.is_private and not channel.is_im,
            "is_im": channel.is_im,
            "is_mpim": False,
            "is_private": channel.is_private,
            "is_archived": channel.is_archived,
            "is_member": self.ws.bot_user in channel.members,
        }
        if channel.is_im:
            shown = {"id": channel.id, "is_im": True, "user": channel.user, "is_archived": False}
        if args.get("include_num_members") in (True, "1", "true", 1):
            shown["num_members"] = len(channel.members)
        return {"channel": shown}

    def conversations_members(self, args: Args) -> Args:
        channel = self._channel(args, "read")
        members = sorted(channel.members)
        start, size = int(args.get("cursor") or 0), _limit(args, 100)
        more = str(start + size) if start + size < len(members) else ""
        return {"members": members[start : start + size], "response_metadata": {"next_cursor": more}}

    def conversations_history(self, args: Args) -> Args:
        channel = self._channel(args, "history", member=True)
        whole = [m for m in self._public(channel) if m.thread_ts in (None, m.ts)]
        return self._page(whole[::-1], args)

    def conversations_replies(self, args: Args) -> Args:
        channel = self._channel(args, "history", member=True)
        ts = _required(args, "ts")
        thread = [m for m in self._public(channel) if ts in (m.ts, m.thread_ts)]
        if not thread:
            raise SlackError("thread_not_found")
        return self._page(thread, args)

    def _public(self, channel: Channel) -> list[Message]:
        return [m for m in self.ws.messages if m.channel == channel.id and not m.for_user]

    def _page(self, messages: list[Message], args: Args) -> Args:
        oldest, latest = _ts(args, "oldest", "0"), _ts(args, "latest", "99999999999")
        inclusive = args.get("inclusive") in (True, 1, "1", "true")
        edges = {oldest, latest} if inclusive else set()
        within = [m for m in messages if oldest < Decimal(m.ts) < latest or Decimal(m.ts) in edges]
        start, size = int(args.get("cursor") or 0), _limit(args, 100)
        with_metadata = args.get("include_all_metadata") in (True, 1, "1", "true")
        answer: Args = {
            "messages": [self.shown(m, with_metadata) for m in within[start : start + size]],
            "has_more": start + size < len(within),
        }
        if answer["has_more"]:
            answer["response_metadata"] = {"next_cursor": str(start + size)}
        return answer

    def users_info(self, args: Args) -> Args:
        person = self.ws.people.get(str(args.get("user")))
        if person is None and args.get("user") != self.ws.bot_user:
            raise SlackError("user_not_found")
        name = person.name if person else self.ws.bot_name
        user = {
            "id": args["user"],
            "team_id": self.ws.team_id,
            "name": name.lower().replace(" ", "."),
            "real_name": name,
            "deleted": False,
            "tz": person.tz if person else "Europe/London",
            "is_bot": person is None,
            "is_admin": False,
            "profile": {"real_name": name, "display_name": name},
        }
        return {"user": user}

    # files

    def files_get_upload_url(self, args: Args) -> Args:
        name = _required(args, "filename")
        length = int(args.get("length") or 0)
        if length <= 0:
            raise SlackError("invalid_arguments", ["missing required field: length"])
        file = File(self.ws.new_id("F"), name, length)
        self.ws.files[file.id] = file
        return {"upload_url": f"{self.ws.url}/upload/v1/{file.id}", "file_id": file.id}

    def files_complete_upload(self, args: Args) -> Args:
        given = args.get("files")
        if not isinstance(given, list) or not given:
            raise SlackError("invalid_arguments", ["missing required field: files"])
        files = [self.ws.files.get(str(each.get("id"))) for each in given]
        if any(f is None or f.content is None for f in files):
            raise SlackError("file_not_found")
        channel = self._channel_to_post(str(args["channel_id"])) if args.get("channel_id") else None
        shown = []
        for file, each in zip(files, given, strict=True):
            assert file
            file.completed, file.title = True, str(each.get("title") or file.name)
            file.ready_at = self.ws.now() + self.ws.file_ready_after
            shown.append(self._file_shown(file))
        if channel:
            text = str(args.get("initial_comment", ""))
            self.ws.add_message(
                channel.id,
                self.ws.bot_user,
                text,
                [],
                by_bot=True,
                files=shown,
                thread_ts=args.get("thread_ts"),
            )
        return {"files": shown}

    def files_info(self, args: Args) -> Args:
        file = self.ws.files.get(str(args.get("file")))
        if file is None or not file.completed:
            raise SlackError("file_not_found")
        return {"file": self._file_shown(file)}

    def _file_shown(self, file: File) -> Args:
        kind = file.name.lower().rsplit(".", 1)[-1]
        ready = self.ws.now() >= file.ready_at
        mimetype = f"image/{kind.replace('jpg', 'jpeg')}" if file.is_image else "application/octet-stream"
        return {
            "id": file.id,
            "name": file.name,
            "title": file.title,
            "size": file.length,
            "filetype": kind if ready else "",
            "mimetype": mimetype if ready else "",
        }

    # what several need

    def shown(self, message: Message, with_metadata: bool = False) -> Args:
        """A message as Slack hands it out."""
        shown: Args = {
            "type": "message",
            "ts": message.ts,
            "user": message.user,
            "text": message.text,
            "team": self.ws.team_id,
        }
        if message.by_bot:
            shown |= {"bot_id": self.ws.bot_id, "app_id": self.ws.app_id}
        if message.blocks:
            shown["blocks"] = message.blocks
        if message.thread_ts:
            shown["thread_ts"] = message.thread_ts
        if replies := self.ws.replies(message):
            shown["reply_count"] = len(replies)
        if message.deleted:
            shown |= {"subtype": "tombstone", "hidden": True}
        if message.files:
            shown["files"] = message.files
        if message.edited:
            shown["edited"] = {"user": message.user, "ts": message.ts}
        if message.metadata and with_metadata:
            shown["metadata"] = message.metadata
        return shown

    def check_words(self, args: Args) -> tuple[str, list[Args]]:
        """The text and the blocks of a message that comes another way, such as in an acknowledgement."""
        return self._words(args, TEXT_MOST)

    def _words(self, args: Args, most: int) -> tuple[str, list[Args]]:
        text, blocks = str(args.get("text") or ""), args.get("blocks") or []
        faults = wrong_with_blocks(blocks, MESSAGE, self.ws.usable_file)
        if faults:
            raise SlackError("invalid_blocks", faults)
        if text_of_blocks(blocks) >= MESSAGE_TEXT_MOST:
            raise SlackError("msg_blocks_too_long")
        if len(text) > most:
            raise SlackError("msg_too_long")
        if not text.strip() and (not blocks or self.ws.require_text):
            raise SlackError("no_text")
        return text, blocks

    def _metadata(self, args: Args) -> Args | None:
        metadata = args.get("metadata")
        if not metadata:
            return None
        known = {"event_type", "event_payload", "entities"}
        if not isinstance(metadata, dict) or not {"event_type", "event_payload"} <= set(metadata) <= known:
            raise SlackError("invalid_metadata_format")
        if not isinstance(metadata["event_payload"], dict):
            raise SlackError("invalid_metadata_format")
        return metadata

    def _channel_to_post(self, given: str) -> Channel:
        if given in self.ws.people:
            return self.ws.dm(given)
        channel = self.ws.channels.get(given)
        member = channel is not None and self.ws.bot_user in channel.members
        if channel is None or (channel.is_private and not member):
            raise SlackError("channel_not_found")
        if channel.is_archived:
            raise SlackError("is_archived")
        if not member and "chat:write.public" not in self.ws.scopes:
            raise SlackError("not_in_channel")
        return channel

    def _channel(self, args: Args, right: str, member: bool = False) -> Channel:
        channel = self.ws.channels.get(str(args.get("channel")))
        inside = channel is not None and self.ws.bot_user in channel.members
        if channel is None or (channel.is_private and not inside):
            raise SlackError("channel_not_found")
        needed = f"{'im' if channel.is_im else 'groups' if channel.is_private else 'channels'}:{right}"
        if needed not in self.ws.scopes:
            raise SlackError("missing_scope", needed=needed, provided=",".join(sorted(self.ws.scopes)))
        if member and not inside:
            raise SlackError("not_in_channel")
        return channel

    def _own_message(self, args: Args, not_ours: str) -> Message:
        channel = self.ws.channels.get(str(args.get("channel")))
        if channel is None:
            raise SlackError("channel_not_found")
        message = self.ws.message(channel.id, str(args.get("ts")))
        if message is None or message.for_user or message.deleted:
            raise SlackError("message_not_found")
        if not message.by_bot:
            raise SlackError(not_ours)
        if channel.is_archived:
            raise SlackError("is_archived")
        return message


METHODS: dict[str, Callable[[Methods, Args], Args]] = {
    "auth.test": Methods.auth_test,
    "apps.connections.open": Methods.apps_connections_open,
    "chat.postMessage": Methods.chat_post_message,
    "chat.update": Methods.chat_update,
    "chat.delete": Methods.chat_delete,
    "chat.postEphemeral": Methods.chat_post_ephemeral,
    "views.open": Methods.views_open,
    "views.update": Methods.views_update,
    "views.push": Methods.views_push,
    "views.publish": Methods.views_publish,
    "conversations.open": Methods.conversations_open,
    "conversations.info": Methods.conversations_info,
    "conversations.members": Methods.conversations_members,
    "conversations.history": Methods.conversations_history,
    "conversations.replies": Methods.conversations_replies,
    "users.info": Methods.users_info,
    "files.getUploadURLExternal": Methods.files_get_upload_url,
    "files.completeUploadExternal": Methods.files_complete_upload,
    "files.info": Methods.files_info,
}


def _elements(payload: Args) -> list[tuple[str, str]]:
    """The block and action ids of every element in a view."""
    return [
        (block["block_id"], element["action_id"])
        for block in payload["blocks"]
        for element in [*block.get("elements", []), block.get("accessory"), block.get("element")]
        if isinstance(element, dict) and "action_id" in element
    ]


def _required(args: Args, name: str) -> str:
    if not args.get(name):
        raise SlackError("invalid_arguments", [f"missing required field: {name}"])
    return str(args[name])


def _limit(args: Args, default: int) -> int:
    limit = int(args.get("limit") or default)
    if not 1 <= limit <= 1000:
        raise SlackError("invalid_limit")
    return limit


def _ts(args: Args, name: str, default: str) -> Decimal:
    try:
        return Decimal(str(args.get(name) or default))
    except InvalidOperation:
        raise SlackError(f"invalid_ts_{name}") from None
