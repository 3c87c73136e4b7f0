"""Posting to a Teams channel where the bot is not: through a Power Automate workflow, one way and without the SDK.

The workflow is made from Teams' own template ("Send webhook alerts to a channel"), and its address is signed: whoever
knows that can post. So it stays in TEAMS_WORKFLOWS, and is kept out of every error and log here.
https://support.microsoft.com/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import httpx
from pydantic import SecretStr

from bot.chat.front import Destination, Person, Refused, SendError, Unclear
from bot.chat.message import Message
from bot.chat.pace import Pace
from bot.chat.teams.call import TIMEOUT, told
from bot.chat.teams.cards import CARD_TYPE, Card, PictureAddress, message_card, no_pictures
from bot.store.tables import WORKFLOW

MENDABLE = frozenset({"WorkflowTriggerIsNotEnabled"})
"""Errors, beside those that `call` knows, that last until somebody mends the workflow: this one, which comes with the
status 400, says that it has been turned off or deleted."""
MAY_HAVE_RUN = frozenset({502, 504})
"""What comes from a workflow that was started and did not answer in the end: its message may well be in the channel."""


class WorkflowFront:
    """Keeps `bot.chat.front.Front`. A place is `{"name"}`, one of the names of TEAMS_WORKFLOWS.

    What was posted can be neither seen nor changed from here. `picture` says where a chart's picture is.
    """

    name = WORKFLOW

    def __init__(self, workflows: Mapping[str, SecretStr], picture: PictureAddress = no_pictures) -> None:
        self.pace = Pace(1.1)  # a little more than Teams asks, for clocks differ
        self._workflows = workflows
        self._picture = picture

    async def post(self, to: Destination, message: Message, key: str) -> Destination:
        """Hand a message to the channel's workflow, once; what the workflow then makes of it nobody tells."""
        name = to.address["name"]
        if name not in self._workflows:
            raise Refused("workflow_not_set_up")
        body = as_posted(message, self._picture)
        try:
            with told(repeatable=False):
                async with self.pace.of(name):
                    await _send(self._workflows[name], body)
        except SendError as error:
            mendable = error.reason in MENDABLE
            raise (Refused(error.reason) if mendable else error) from None  # what lies beneath holds the address
        return Destination(self.name, {"name": name})

    async def update(self, at: Destination, message: Message) -> Destination:
        """Nothing that was posted can be changed."""
        raise Refused("one_way")

    async def say_privately(self, to: Person, message: Message) -> None:
        """There is nobody here."""
        raise Refused("no_private_place")

    async def find(self, to: Destination, key: str, since: datetime) -> Destination | None:
        """The channel can't be read, so an unclear post stays unclear, where people can see it."""
        raise Unclear("no_history")

    async def reachable(self, to: Destination) -> bool:
        """Whether the workflow is set up here; whether it is turned on, only a post would tell."""
        return to.address["name"] in self._workflows

    def thread(self, at: Destination) -> Destination:
        """The channel: a workflow of this template begins a thread with each post, and nobody tells which."""
        return at


def as_posted(message: Message, picture: PictureAddress = no_pictures) -> Card:
    """What a workflow is sent: the shape that its trigger is documented to take."""
    card = message_card(message, picture, "one way")
    return {"type": "message", "attachments": [{"contentType": CARD_TYPE, "contentUrl": None, "content": card}]}


async def _send(address: SecretStr, body: Card) -> None:
    # A client for each post: posts are few, and a connection that has gone stale would leave one unclear.
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        response = await client.post(address.get_secret_value(), json=body)
    if response.status_code in MAY_HAVE_RUN:
        raise Unclear(f"http_{response.status_code}")
    if not response.is_success:
        raise httpx.HTTPStatusError("the workflow refused", request=response.request, response=response)
