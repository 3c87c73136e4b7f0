"""The app manifest: all that Slack needs to know to install the bot.

Fields: https://docs.slack.dev/reference/app-manifest. A test holds it against the listeners and the methods called.
"""

from __future__ import annotations

from typing import Any

from bot.chat.menu import COMMANDS, MESSAGE_SHORTCUTS, SHORTCUTS, MenuCommand

EVENTS_PATH = "/slack/events"


EVENTS = ("app_home_opened", "member_joined_channel", "message.im")

SCOPES = {
    "channels:history": "find out whether a post arrived after the connection dropped",
    "channels:read": "see whether the bot is in its channel",
    "chat:write": "post and update messages",
    "commands": "slash commands and shortcuts",
    "files:write": "upload the pictures of charts",
    "groups:history": "the same as channels:history in private channels",
    "groups:read": "the same as channels:read in private channels",
    "im:history": "hear what somebody writes to the bot alone",
    "im:write": "answer one person privately",
}

METHOD_SCOPES: dict[str, frozenset[str]] = {
    "apps.connections.open": frozenset(),
    "auth.test": frozenset(),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.history": frozenset({"channels:history", "groups:history"}),
    "conversations.info": frozenset({"channels:read", "groups:read"}),
    "conversations.open": frozenset({"im:write"}),
    "conversations.replies": frozenset({"channels:history", "groups:history"}),
    "files.completeUploadExternal": frozenset({"files:write"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "views.open": frozenset(),
    "views.publish": frozenset(),
}
"""Every method the bot calls and the scopes it asks for, from each method's page under
https://docs.slack.dev/reference/methods. (`apps.connections.open` needs an app token with connections:write.)"""

EVENT_SCOPES: dict[str, frozenset[str]] = {
    "app_home_opened": frozenset(),
    "member_joined_channel": frozenset({"channels:read", "groups:read"}),
    "message.im": frozenset({"im:history"}),
}

_LONG_DESCRIPTION = (
    "Wardhuddle helps ward teams prevent harm before it starts. It asks for a short safety huddle at handover, gives"
    " one de-escalation reminder at a time, takes a near miss or a success in a few taps, and shows each week what"
    " changed.\n\nIt is not the formal record, not an emergency route and not training. It holds no patient"
    " identifiers, never ranks or names staff, and keeps no trace of who sent an anonymous report."
)


def manifest(public_url: str | None) -> dict[str, Any]:
    """The manifest for events over HTTP to this address, or without one for Socket Mode."""
    url = f"{public_url.rstrip('/')}{EVENTS_PATH}" if public_url else None
    where = {"request_url": url} if url else {}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "Wardhuddle",
            "description": "Short safety huddles, one reminder at a time, near misses in a few taps",
            "long_description": _LONG_DESCRIPTION,
            "background_color": "#005eb8",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Wardhuddle", "always_online": True},
            "slash_commands": [_command(name, command, url) for name, command in COMMANDS.items()],
            "shortcuts": [
                {"name": each.name, "type": kind, "callback_id": callback_id, "description": each.description}
                for kind, shortcuts in (("global", SHORTCUTS), ("message", MESSAGE_SHORTCUTS))
                for callback_id, each in shortcuts.items()
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**where, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **where},
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def _command(name: str, command: MenuCommand, url: str | None) -> dict[str, Any]:
    usage = {"usage_hint": command.usage} if command.usage else {}
    where = {"url": url} if url else {}
    return {"command": f"/{name}", "description": command.description, "should_escape": False, **usage, **where}
