from __future__ import annotations

import ast
from datetime import UTC, datetime
import json
from pathlib import Path
import re
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.menu import COMMANDS, MESSAGE_SHORTCUTS, SHORTCUTS
import bot.chat.slack
from bot.chat.slack.manifest import EVENT_SCOPES, EVENTS, METHOD_SCOPES, SCOPES, manifest
from bot.handlers import build_router
from tests.chat.slack.conftest import House
from tests.chat.slack.test_slack_front import CHARTED
from tests.slack_workspace import Workspace
from tests.slack_workspace.methods import SCOPES as NEEDED

SCHEMA = Path(__file__).parents[3].parent / "shared/data/slack-manifest.schema.json"
SOURCES = sorted(Path(bot.chat.slack.__file__).parent.glob("*.py"))
URL = "https://bot.example.nhs.uk"


def called_methods() -> set[str]:
    """The Web API methods that the code of the Slack front calls, by slack_sdk's names for them."""
    known = {name for name in dir(AsyncWebClient) if not name.startswith("_")} - {"api_call"}
    names = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in known and "_" in node.attr:
                names.add(node.attr)
    if "files_upload_v2" in names:
        names = names - {"files_upload_v2"} | {"files_getUploadURLExternal", "files_completeUploadExternal"}
    return {_method(name) for name in names}


def _method(name: str) -> str:
    """`views_open` is views.open; only the last word's case is slack_sdk's own."""
    by_name = {method.replace(".", "_"): method for method in METHOD_SCOPES}
    return by_name.get(name, name)


def test_every_method_called_is_in_the_table_and_the_other_way_round() -> None:
    assert called_methods() == set(METHOD_SCOPES)


def test_the_scopes_are_those_of_the_methods_the_events_and_the_commands() -> None:
    needed = frozenset.union(*METHOD_SCOPES.values(), *EVENT_SCOPES.values(), {"commands"})
    assert set(manifest(None)["oauth_config"]["scopes"]["bot"]) == needed == set(SCOPES)
    assert set(EVENTS) == set(EVENT_SCOPES)


def test_the_stand_in_asks_for_the_same_scopes() -> None:
    for method, scopes in METHOD_SCOPES.items():
        assert scopes <= set(NEEDED[method]), method


async def test_every_command_shortcut_and_event_is_listened_to(house: House) -> None:
    settings = manifest(None)
    for command in settings["features"]["slash_commands"]:
        await house.ann.command(command["command"], "", house.ward)
    said = house.ann.says("It was noisy", house.ward)
    for shortcut in settings["features"]["shortcuts"]:
        if shortcut["type"] == "message":
            await house.ann.message_shortcut(shortcut["callback_id"], said)
        else:
            await house.ann.shortcut(shortcut["callback_id"])
    await house.ann.open_home()
    await house.ann.invite_bot(house.ward)
    await house.ann.writes("It was late")
    seen = [
        getattr(event, "name", None) or getattr(event, "surface", None) or getattr(event, "text", None)
        for event in house.desk.events
    ]
    shortcuts = [*(each.command for each in SHORTCUTS.values()), *(said.text for _ in MESSAGE_SHORTCUTS)]
    assert seen == [*COMMANDS, *shortcuts, "home", "joined", "It was late"]
    assert set(settings["settings"]["event_subscriptions"]["bot_events"]) == house.ws.events


def test_the_bot_listens_to_no_event_that_the_manifest_does_not_name() -> None:
    source = next(path for path in SOURCES if path.name == "bolt.py").read_text()
    assert set(re.findall(r'app\.event\("(\w+)"', source)) == {event.partition(".")[0] for event in EVENTS}


async def test_the_manifests_scopes_are_enough(house: House, ws: Workspace) -> None:
    ws.scopes = set(manifest(None)["oauth_config"]["scopes"]["bot"])
    for private in (False, True):
        place = house.elsewhere(ws.channel(f"ward-{private}", members=[house.ann], private=private))
        at = await house.front.post(place, CHARTED, "key")
        await house.front.update(at, CHARTED)
        assert await house.front.find(place, "key", datetime.now(UTC)) == at
        assert await house.front.find(house.front.thread(at), "none", datetime.now(UTC)) is None
        assert await house.front.reachable(place)


def test_without_an_address_it_is_for_socket_mode_and_with_one_for_http() -> None:
    assert manifest(None)["settings"]["socket_mode_enabled"]
    assert "http" not in json.dumps(manifest(None))
    over_http = manifest(URL + "/")
    assert not over_http["settings"]["socket_mode_enabled"]
    urls = [command["url"] for command in over_http["features"]["slash_commands"]]
    settings = over_http["settings"]
    urls += [settings["event_subscriptions"]["request_url"], settings["interactivity"]["request_url"]]
    assert set(urls) == {f"{URL}/slack/events"}


@pytest.mark.skipif(not SCHEMA.exists(), reason="Slack's JSON Schema of the manifest is not at hand")
@pytest.mark.parametrize("url", [None, URL])
def test_the_manifest_keeps_to_slacks_schema(url: str | None) -> None:
    schema = json.loads(SCHEMA.read_text())
    assert list(wrong(manifest(url), schema, schema, "")) == []


def wrong(value: Any, rule: Any, schema: Any, at: str) -> Any:
    """What breaks the rule: the few words of JSON Schema that Slack's uses for these parts."""
    if "$ref" in rule:
        rule = schema["definitions"][rule["$ref"].removeprefix("#/definitions/")]
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    if "type" in rule and not isinstance(value, kinds[rule["type"]]):
        yield f"{at}: not a {rule['type']}"
        return
    if isinstance(value, dict):
        properties = rule.get("properties", {})
        yield from (f"{at}: lacks {name}" for name in rule.get("required", []) if name not in value)
        for name, each in value.items():
            if name in properties:
                yield from wrong(each, properties[name], schema, f"{at}/{name}")
            elif rule.get("additionalProperties", True) is False or not at:
                yield f"{at}: does not know {name}"
    elif isinstance(value, list):
        if not rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", 1_000_000):
            yield f"{at}: {len(value)} items"
        for n, each in enumerate(value):
            yield from wrong(each, rule.get("items", {}), schema, f"{at}/{n}")
    elif isinstance(value, str):
        if not rule.get("minLength", 0) <= len(value) <= rule.get("maxLength", 1_000_000):
            yield f"{at}: {len(value)} characters"
        if "pattern" in rule and not re.search(rule["pattern"], value):
            yield f"{at}: does not match {rule['pattern']}"
        if "enum" in rule and value not in rule["enum"]:
            yield f"{at}: not one of {rule['enum']}"


def test_the_commands_are_those_the_handlers_answer() -> None:
    nobody: Any = None
    names = build_router(nobody, lambda text: None).names
    assert set(COMMANDS) == names["command"]
    assert {shortcut.command for shortcut in SHORTCUTS.values()} <= names["command"]
    assert names["opened"] == {"home", "joined"}
