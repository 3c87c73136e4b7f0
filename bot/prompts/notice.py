"""The notice to a ward's managers that its prompts have stopped, with what to do."""

from __future__ import annotations

from bot.chat.front import typed
from bot.chat.message import Heading, Message, Text
from bot.prompts.library import Library
from bot.store.database import Session
from bot.store.tables import Occurrence, Ward

WHAT_TO_DO = {
    "not_in_channel": "The bot is no longer in the ward's channel. Please invite it again: /invite @Wardhuddle.",
    "channel_not_found": "The ward's channel can't be found. If it is private, invite the bot; if it is gone, "
    "type {setup} in the new one.",
    "is_archived": "The ward's channel has been archived. Please restore it, or type {setup} in a new one.",
    "invalid_auth": "The bot's access to your workspace has ended. Please ask your digital team to install it again.",
}
AGAIN = (
    "They start again by themselves within a quarter of an hour of being able to. What people reported is safe; "
    "prompts whose time has passed meanwhile are not sent late."
)
LEADERS = "leaders "
"""Before the reason, where it is the leaders' channel that can't be reached."""
ASK = "Please show your digital team this word, which the chat platform gave as the reason: {reason}."


async def build(session: Session, library: Library, ward: Ward, occurrence: Occurrence) -> Message:
    """Why a ward's prompts, or its leaders' digest, have stopped, and how they start again."""
    item = occurrence.item or ""
    reason = item.removeprefix(LEADERS)
    words = WHAT_TO_DO.get(reason, ASK).format(reason=reason, setup=typed("huddle setup", ward.front))
    if item.startswith(LEADERS):
        title = f"The leaders' digest with {ward.name} could not be posted"
        words = words.replace("the ward's channel", "the leaders' channel").replace("The ward's", "The leaders'")
        return Message("pause_notice", f"{title}. {words}", (Heading(title), Text(words)))
    title = f"Prompts for {ward.name} have stopped"
    return Message("pause_notice", f"{title}. {words}", (Heading(title), Text(words), Text(AGAIN)))
