"""The activities that Teams sends to a bot, in the Bot Framework's shape."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .people import Person
    from .tenant import Conversation, Tenant

Activity = dict[str, Any]


def message(tenant: Tenant, person: Person, where: Conversation, text: str) -> Activity:
    """Typed words; where there are others, the bot is mentioned, and in a channel they begin a thread."""
    name, entities = tenant.bot_name, [_client_info()]
    if where.kind != "personal":
        mention = f"<at>{name}</at>"
        text = f"{mention} {text}"
        entities.append({"type": "mention", "text": mention, "mentioned": _bot(tenant)})
    activity_id = tenant.new_activity_id()
    where.threads.add(activity_id)
    return _activity(tenant, "message", person, where, activity_id, thread=activity_id) | {
        "text": text,
        "textFormat": "plain",
        "attachments": [{"contentType": "text/html", "content": f"<p>{escape(text)}</p>"}],
        "entities": entities,
    }


def invoke(
    tenant: Tenant,
    person: Person,
    where: Conversation,
    name: str,
    value: dict[str, Any],
    *,
    thread: str | None = None,
    reply_to: str | None = None,
) -> Activity:
    """Something pressed or sent, that the bot has to answer."""
    activity = _activity(tenant, "invoke", person, where, thread=thread) | {"name": name, "value": value}
    activity["channelData"]["source"] = {"name": "message" if reply_to else "compose"}
    return activity | ({"replyToId": reply_to} if reply_to else {}) | {"entities": [_client_info()]}


def members_changed(tenant: Tenant, person: Person, where: Conversation, *, added: bool) -> Activity:
    """The bot was added to a conversation, or removed from it, by this person."""
    members = [_bot(tenant)] + ([_account(person)] if where.kind == "personal" else [])
    activity = _activity(tenant, "conversationUpdate", person, where)
    activity["membersAdded" if added else "membersRemoved"] = members
    if where.kind == "channel":
        activity["channelData"]["eventType"] = "teamMemberAdded" if added else "teamMemberRemoved"
    return activity


def installed(tenant: Tenant, person: Person, where: Conversation) -> Activity:
    """The app was installed by this person."""
    return _activity(tenant, "installationUpdate", person, where) | {"action": "add"}


def of_tenant(activity: Activity, tenant_id: str) -> Activity:
    """The same activity as if another tenant had sent it."""
    return activity | {
        "conversation": activity["conversation"] | {"tenantId": tenant_id},
        "channelData": activity["channelData"] | {"tenant": {"id": tenant_id}},
    }


def _activity(
    tenant: Tenant,
    kind: str,
    person: Person,
    where: Conversation,
    activity_id: str = "",
    *,
    thread: str | None = None,
) -> Activity:
    at = datetime.fromtimestamp(tenant.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    in_thread = f";messageid={thread}" if thread and where.kind == "channel" else ""
    conversation: Activity = {"id": where.id + in_thread, "conversationType": where.kind, "tenantId": tenant.tenant_id}
    channel_data: Activity = {"tenant": {"id": tenant.tenant_id}}
    if where.kind != "personal":
        conversation |= {"isGroup": True, "name": where.name}
    if where.kind == "channel":
        channel_data |= {"channel": {"id": where.id, "name": where.name}, "team": where.team}
    return {
        "type": kind,
        "id": activity_id or f"f:{tenant.new_activity_id()}",
        "timestamp": at,
        "localTimestamp": at,
        "serviceUrl": tenant.service_url,
        "channelId": "msteams",
        "locale": "en-GB",
        "from": _account(person),
        "recipient": _bot(tenant),
        "conversation": conversation,
        "channelData": channel_data,
    }


def _account(person: Person) -> dict[str, str]:
    return {"id": person.user_id, "name": person.name, "aadObjectId": person.id}


def _bot(tenant: Tenant) -> dict[str, str]:
    return {"id": tenant.bot_id, "name": tenant.bot_name}


def _client_info() -> dict[str, Any]:
    where = {"locale": "en-GB", "country": "GB", "timezone": "Europe/London"}
    return {"type": "clientInfo", "platform": "Web", **where}
