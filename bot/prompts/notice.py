"""The notice to a ward's managers that its prompts have stopped, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.chat.front import AS_TYPED, Destination, typed
from bot.chat.message import Heading, Message, Text
from bot.prompts.supplies import Supplies
from bot.store.database import Session
from bot.store.tables import WORKFLOW, Occurrence, Ward


@dataclass(frozen=True)
class Channel:
    """A channel that may stop taking posts. `title` says what it misses, `command` makes another one of its sort."""

    place: Callable[[Ward], Destination | None]
    name: str
    title: str
    command: str = "huddle setup"
    pauses: bool = False


WARD = Channel(lambda ward: ward.channel, "the ward's channel", "Prompts for {ward} have stopped", pauses=True)
BESIDE: Mapping[str, Channel] = {
    "leaders": Channel(
        lambda ward: ward.leaders_channel,
        "the leaders' channel",
        "The leaders' digest with {ward} could not be posted",
        "huddle leaders",
    ),
    "one_way": Channel(
        lambda ward: ward.one_way_channel,
        "the one-way channel",
        "The reminders and digests of {ward} could not be posted in its one-way channel",
    ),
}
"""Those beside the ward's own, by whom a prompt is to."""
WHAT_TO_DO = {
    "not_in_channel": "The bot is no longer in {channel}. Please invite it again: /invite @Wardhuddle.",
    "channel_not_found": "{Channel} can't be found. If it is private, invite the bot; if it is gone, "
    "type {command} in the new one.",
    "is_archived": "{Channel} has been archived. Please restore it, or type {command} in a new one.",
    "invalid_auth": "The bot's access to your workspace has ended. Please ask your digital team to install it again.",
    "BotNotInConversationRoster": "The bot is no longer where {channel} is. Please add the app Wardhuddle to that team "
    "or chat again.",
    "ConversationNotFound": "{Channel} can't be found. If it is gone, type {command} in the new one.",
    "MessageWritesBlocked": "The bot may not post in {channel}. Please let members post there, or apps.",
    "workflow_not_set_up": "No workflow is set up for {channel}, which is named “{name}”. "
    "Please ask your digital team to give it one in TEAMS_WORKFLOWS.",
}
WORKFLOW_STOPPED = (
    "The workflow that posts in {channel}, which is named “{name}”, takes nothing any more: it may have been turned "
    "off or deleted, or have a new address. Please ask your digital team to look at it, and at its address in "
    "TEAMS_WORKFLOWS. The reason that came back: {reason}."
)
AGAIN = (
    "They start again by themselves within a quarter of an hour of being able to. What people reported is safe; "
    "prompts whose time has passed meanwhile are not sent late."
)
ASK = "Please show your digital team this word, which the chat platform gave as the reason: {reason}."


def about(to: str, reason: str) -> str:
    """What a notice is about, as its occurrence keeps it: the channel, if not the ward's own, and the reason."""
    return f"{to} {reason}" if to in BESIDE else reason


def elsewhere(ward: Ward, occurrence: Occurrence) -> list[Destination]:
    """Where a notice may be read by managers who can't be told one by one: not in the channel that has stopped."""
    stopped = _about(occurrence)[0].place(ward)
    return [place for place in (ward.leaders_channel, ward.channel) if place and place != stopped]


def _about(occurrence: Occurrence) -> tuple[Channel, str]:
    """The channel and the reason that `about` put together."""
    item = occurrence.item or ""
    to, _, rest = item.partition(" ")
    return (BESIDE[to], rest) if to in BESIDE else (WARD, item)


async def build(session: Session, supplies: Supplies, ward: Ward, occurrence: Occurrence) -> Message:
    """Why a ward's prompts, or those in a channel beside its own, have stopped, and what to do."""
    channel, reason = _about(occurrence)
    at = channel.place(ward) or ward.channel
    words = WHAT_TO_DO.get(reason, WORKFLOW_STOPPED if at.front == WORKFLOW else ASK).format(
        channel=channel.name,
        Channel=channel.name[0].upper() + channel.name[1:],
        command=typed(channel.command, at.front if at.front in AS_TYPED else ward.front),
        name=at.address.get("name", ""),
        reason=reason,
    )
    title = channel.title.format(ward=ward.name)
    again = (Text(AGAIN),) if channel.pauses else ()
    return Message("pause_notice", f"{title}. {words}", (Heading(title), Text(words), *again))
