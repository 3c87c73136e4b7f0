"""A stand-in Microsoft Teams: a bot built on the Teams SDK talks to it over real HTTP on loopback.

`async with Tenant() as tenant:` serves it, `tenant.person(...)` uses it; see tenant.py and people.py.

The signing keys are served from a small thread of their own: the SDK fetches them with a blocking call inside its event
loop, which would wait for itself if tenant and bot shared one. So the bot may run in the test's own loop or anywhere.
"""

from .limits import wrong_with_card, wrong_with_dialog, wrong_with_message
from .people import Person, View
from .render import interpreted, visible
from .tenant import Call, Conversation, Message, Tenant

__all__ = [
    "Call",
    "Conversation",
    "Message",
    "Person",
    "Tenant",
    "View",
    "interpreted",
    "visible",
    "wrong_with_card",
    "wrong_with_dialog",
    "wrong_with_message",
]
