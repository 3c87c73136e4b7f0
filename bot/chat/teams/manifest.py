"""The app package: the manifest and icons that a tenant's administrator uploads to Teams.

Fields: https://learn.microsoft.com/microsoft-365/extensibility/schema (manifest 1.19). A test holds it against the
router and against that page's limits.
"""

from __future__ import annotations

from importlib.metadata import version
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZIP_DEFLATED, ZipFile

from bot.chat.menu import COMMANDS, SHORTCUTS

ICONS = Path(__file__).parent / "icons"
SCOPES = ("personal", "team", "groupChat")

_SHORT = "Short safety huddles, one reminder at a time, near misses in a few taps"
_FULL = (
    "Wardhuddle helps ward teams prevent harm before it starts. It asks for a short safety huddle at handover, gives"
    " one de-escalation reminder at a time, takes a near miss or a success in a few taps, and shows each week what"
    " changed.\n\nIt is not the formal record, not an emergency route and not training. It holds no patient"
    " identifiers, never ranks or names staff, and keeps no trace of who sent an anonymous report."
)


def manifest(client_id: str, public_url: str) -> dict[str, Any]:
    """The manifest of the app with this client ID, reached at this https address."""
    return {
        "$schema": "https://developer.microsoft.com/json-schemas/teams/v1.19/MicrosoftTeams.schema.json",
        "manifestVersion": "1.19",
        "version": version("wardhuddle"),
        "id": client_id,
        "developer": {
            "name": "Wardhuddle",
            "websiteUrl": public_url,
            "privacyUrl": public_url,
            "termsOfUseUrl": public_url,
        },
        "name": {"short": "Wardhuddle", "full": "Wardhuddle: safety huddles for wards"},
        "description": {"short": _SHORT, "full": _FULL},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#005EB8",
        "bots": [
            {
                "botId": client_id,
                "scopes": list(SCOPES),
                "isNotificationOnly": False,
                "supportsFiles": False,
                "commandLists": [{"scopes": list(SCOPES), "commands": _commands()}],
            }
        ],
        "composeExtensions": [
            {
                "botId": client_id,
                "commands": [
                    {
                        "id": chosen,
                        "type": "action",
                        "title": shortcut.name,
                        "description": shortcut.description,
                        "context": ["compose", "commandBox"],
                        "fetchTask": True,
                    }
                    for chosen, shortcut in SHORTCUTS.items()
                ],
            }
        ],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [urlsplit(public_url).netloc],
    }


def _commands() -> list[dict[str, str]]:
    listed = {name: command.description for name, command in COMMANDS.items()}
    listed |= {
        "huddle help": "What else you can type: today, skip, questions, setup, leaders",
        "home": "Report, share, and see your wards' open actions",
    }
    return [{"title": name, "description": words} for name, words in listed.items()]


def package(client_id: str, public_url: str) -> bytes:
    """The zip to upload."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as made:
        made.writestr("manifest.json", json.dumps(manifest(client_id, public_url), indent=2))
        for icon in ("color.png", "outline.png"):
            made.writestr(icon, (ICONS / icon).read_bytes())
    return out.getvalue()
