"""The app package: within the limits of Microsoft's schema, and offering what the bot answers to, both ways."""

from __future__ import annotations

import io
import json
from pathlib import Path
import struct
from typing import Any
import zipfile

from typer.testing import CliRunner

from bot.chat.menu import COMMANDS, MESSAGE_SHORTCUTS, SHORTCUTS
import bot.chat.teams
from bot.chat.teams.manifest import manifest, package
from bot.cli import app

CLIENT = "12345678-9abc-def0-1234-56789abcdef0"
URL = "https://wards.example.nhs.uk"


def test_it_keeps_to_the_limits_of_microsofts_schema() -> None:
    """https://learn.microsoft.com/microsoft-365/extensibility/schema: lengths, numbers and kinds of its fields."""
    made = manifest(CLIENT, URL)
    assert made["manifestVersion"] in made["$schema"]
    assert len(made["name"]["short"]) <= 30
    assert len(made["name"]["full"]) <= 100
    assert len(made["description"]["short"]) <= 80
    assert len(made["description"]["full"]) <= 4_000
    assert len(made["developer"]["name"]) <= 32
    assert all(made["developer"][name].startswith("https://") for name in ("websiteUrl", "privacyUrl", "termsOfUseUrl"))
    [bot_] = made["bots"]
    assert (bot_["botId"], bot_["scopes"]) == (CLIENT, ["personal", "team", "groupChat"])
    [offered] = bot_["commandLists"]
    assert len(offered["commands"]) <= 10
    assert all(len(one["title"]) <= 32 and len(one["description"]) <= 128 for one in offered["commands"])
    [extension] = made["composeExtensions"]
    assert len(extension["commands"]) <= 10
    for command in extension["commands"]:
        assert len(command["id"]) <= 64
        assert len(command["title"]) <= 32
        assert len(command["description"]) <= 128
        assert set(command["context"]) <= {"compose", "commandBox", "message"}
    assert made["validDomains"] == ["wards.example.nhs.uk"]


def test_what_it_offers_is_what_the_bot_answers_to() -> None:
    made = manifest(CLIENT, URL)
    titles = {command["title"].split()[0] for command in made["bots"][0]["commandLists"][0]["commands"]}
    assert titles == {*COMMANDS, "home"}
    assert [command["id"] for command in made["composeExtensions"][0]["commands"]] == [*SHORTCUTS, *MESSAGE_SHORTCUTS]
    people = (Path(bot.chat.teams.__file__).parent / "people.py").read_text(encoding="utf-8")
    for heard in ("on_message(", "on_card_action(", "on_dialog_open(", "on_dialog_submit(", "on_message_ext_open("):
        assert heard in people


def test_the_package_holds_icons_of_the_sizes_that_teams_wants() -> None:
    with zipfile.ZipFile(io.BytesIO(package(CLIENT, URL))) as made:
        assert json.loads(made.read("manifest.json")) == manifest(CLIENT, URL)
        sizes = {name: struct.unpack(">II", made.read(name)[16:24]) for name in made.namelist() if name.endswith("png")}
    assert sizes == {"color.png": (192, 192), "outline.png": (32, 32)}


def ran(tmp_path: Path, *arguments: str, **environment: str) -> Any:
    set_up = {"DATA_DIR": str(tmp_path), "TEAMS_CLIENT_ID": "", "TEAMS_TENANT_ID": "", "PUBLIC_URL": ""}
    return CliRunner().invoke(app, ["manifest", "teams", *arguments], env=set_up | environment)


def test_the_command_writes_it_or_says_what_is_missing(tmp_path: Path) -> None:
    out = tmp_path / "app.zip"
    ids = {"TEAMS_CLIENT_ID": CLIENT, "TEAMS_TENANT_ID": CLIENT}
    assert "TEAMS_CLIENT_ID" in ran(tmp_path, "--url", URL).output
    assert "https address" in ran(tmp_path, **ids).output
    assert "https address" in ran(tmp_path, "--url", "http://plain", **ids).output
    failed = ran(tmp_path, "--url", URL, "--out", str(tmp_path / "no" / "app.zip"), **ids)
    assert failed.exit_code == 2
    assert "No such file" in failed.output
    done = ran(tmp_path, "--url", URL + "/", "--out", str(out), **ids)
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(out) as made:
        assert json.loads(made.read("manifest.json"))["developer"]["websiteUrl"] == URL


def test_a_client_id_without_a_tenant_is_refused(tmp_path: Path) -> None:
    refused = ran(tmp_path, "--url", URL, TEAMS_CLIENT_ID=CLIENT)
    assert refused.exit_code == 2
    assert "TEAMS_TENANT_ID" in refused.output
    assert "anybody's tenant" in refused.output
