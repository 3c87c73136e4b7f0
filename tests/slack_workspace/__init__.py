"""A stand-in Slack: an unchanged Bolt app talks to it over real HTTP and WebSockets on loopback.

`async with Workspace() as ws:` serves it, `ws.person(...)` uses it; see workspace.py and people.py.
Close the bot's Socket Mode handler in a `finally`: left open, slack_sdk keeps the event loop from ending.
"""

from .delivery import Delivery, NotAcknowledged
from .limits import HOME, MESSAGE, MODAL, wrong_with_blocks, wrong_with_view
from .methods import METHODS, SCOPES
from .people import Person
from .render import Seen, look, visible_text
from .workspace import BOT_EVENTS, BOT_SCOPES, Call, Channel, File, Message, SlackError, View, Workspace

__all__ = [
    "BOT_EVENTS",
    "BOT_SCOPES",
    "HOME",
    "MESSAGE",
    "METHODS",
    "MODAL",
    "SCOPES",
    "Call",
    "Channel",
    "Delivery",
    "File",
    "Message",
    "NotAcknowledged",
    "Person",
    "Seen",
    "SlackError",
    "View",
    "Workspace",
    "look",
    "visible_text",
    "wrong_with_blocks",
    "wrong_with_view",
]
