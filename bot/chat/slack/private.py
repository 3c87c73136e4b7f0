"""What a form carries through a person's Slack client and back, signed for that person and that form.

Slack advises that `private_metadata` holds no secrets and is not trusted
(https://docs.slack.dev/reference/views/modal-views): it names things (a ward, a report), and never holds what
anybody typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from bot.chat.front import Destination, Person
from bot.chat.message import Form
from bot.chat.slack.blocks import CONTEXT_METADATA


class Sealed(NamedTuple):
    """A form's context, where it was asked for, and for a form in the place of another its `once`."""

    context: Mapping[str, str]
    place: Destination | None
    once: str


class Envelope:
    """Seals a form's context and the place where it was asked for, and opens what comes back."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt="form")

    def seal(self, form: Form, person: Person, place: Destination | None, once: str = "") -> str:
        """The form's `private_metadata`; `once` is that of a form in another's place, for its view has the same id."""
        channel = place.address["channel"] if place else ""
        held = [dict(form.context), channel, *([once] if once else [])]
        sealed = self._serializer.dumps(held, salt=_salt(form.kind, person))
        text = sealed.decode() if isinstance(sealed, bytes) else sealed
        if len(text) > CONTEXT_METADATA:
            raise ValueError(f"the context of {form.kind} is too long for Slack: {len(text)}")
        return text

    def open(self, text: str, kind: str, person: Person) -> Sealed | None:
        """What was sealed, or None where that was not for this form and this person."""
        try:
            context, channel, *once = self._serializer.loads(text, salt=_salt(kind, person))
        except BadSignature:
            return None
        return Sealed(context, place_of(person.workspace, channel), once[0] if once else "")


def place_of(workspace: str, channel: str | None) -> Destination | None:
    """A channel that others see too; a direct message with the bot is no place."""
    if not channel or channel.startswith("D"):
        return None
    return Destination("slack", {"workspace": workspace, "channel": channel})


def _salt(kind: str, person: Person) -> str:
    return "/".join(("form", kind, person.workspace, person.id))
