"""What a platform's own menus offer: each command with its words, and the shortcuts that stand for a command.

A front makes its manifest of these; a test holds them against the router.
"""

from __future__ import annotations

from typing import NamedTuple


class MenuCommand(NamedTuple):
    """What people see while they type a command."""

    description: str
    usage: str


class Shortcut(NamedTuple):
    """An entry of the menu beside the message box; it stands for a command."""

    command: str
    name: str
    description: str


COMMANDS = {
    "huddle": MenuCommand(
        "The safety huddle, or what it agreed",
        "start | today | skip | questions | debrief | reports | setup | leaders | dashboard | mark | supervision | "
        "help",
    ),
    "report": MenuCommand("Report a near miss in under a minute, no names", "restrictive | code"),
    "success": MenuCommand("Share something that went well", ""),
}
SHORTCUTS = {
    "report_near_miss": Shortcut("report", "Report a near miss", "What nearly went wrong, in under a minute"),
    "share_success": Shortcut("success", "Share a success", "What went well, so that others can do it too"),
}
MESSAGE_SHORTCUTS = {
    "report_from_message": Shortcut("report", "Report from this message", "A near miss or a success that it tells of"),
}
"""Entries of the menu of a message: what is reported begins with its words."""
