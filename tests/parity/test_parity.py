"""Every message and form, drawn by each front, is within its platform's limits and says the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterator
from datetime import UTC, datetime
from pathlib import Path
import re
import sys
from typing import Any

from bot.chat.browser.front import BrowserFront
from bot.chat.browser.look import COMMANDS as PAGE_COMMANDS
from bot.chat.front import Destination, Front, Person, Refused, Unclear
from bot.chat.menu import COMMANDS
from bot.chat.message import Buttons, Chart, Facts, Form, Heading, Link, Message, Note, OneOf, SomeOf, Text
from bot.chat.slack.front import SlackFront
from bot.chat.teams.cards import no_pictures
from bot.chat.teams.front import TeamsFront
from bot.chat.teams.workflow import WorkflowFront
from bot.handlers import build_router
from bot.handlers.huddle import SUBCOMMANDS
from bot.store.database import Store
from tests.parity.drawn import FRONTS, folded
from tests.parity.table import DOCUMENT, documented, table, tours
from tests.parity.tour import kinds_in_the_source

NEVER_ON = {"browser": {"answer_notice"}}
"""Its reports are always anonymous: there is nobody to tell."""


async def test_everything_is_within_each_platforms_limits_and_says_the_same(tmp_path: Path) -> None:
    nobody: Any = None
    taken = await tours(tmp_path)
    for name, tour in taken.items():
        seen_kinds = {message.kind for message in tour.messages}
        assert seen_kinds == kinds_in_the_source() - NEVER_ON.get(name, set()), "the tour went everywhere"
        assert {form.kind for form in tour.forms} == build_router(nobody, lambda text: None).names["form"]
        front = FRONTS[name]
        for message in tour.messages:
            assert front.wrong_with_message(message) == [], (name, message.kind)
            seen = folded(front.seen_of_message(message))
            assert [words for words in said(message) if folded(words) not in seen] == [], (name, message.kind)
        for form in tour.forms:
            assert front.wrong_with_form(form) == [], (name, form.kind)
            seen = folded(front.seen_of_form(form))
            assert [words for words in asked(form) if folded(words) not in seen] == [], (name, form.kind)
    assert documented() == table(taken), "docs/fronts.md is out of date: python -m tests.parity.table"


def said(message: Message) -> Iterator[str]:
    """Every word of a message that a person must be able to read, on any front."""
    for part in message.parts:
        match part:
            case Heading(text=text) | Note(text=text):
                yield text
            case Text(text=text):
                yield from text.splitlines()
            case Facts(rows=rows):
                yield from (words for row in rows for words in row)
            case Buttons(buttons=buttons):
                yield from (button.label for button in buttons)
            case Link(label=label):
                yield label
            case Chart(alt=alt):
                yield alt


def asked(form: Form) -> Iterator[str]:
    """Every word of a form that a person must be able to read, on any front."""
    yield from (form.title, form.submit)
    for part in form.parts:
        if isinstance(part, Text | Note):
            yield part.text
            continue
        yield part.label
        if part.hint:
            yield part.hint
        if isinstance(part, OneOf | SomeOf):
            yield from (option.label for option in part.options)


async def test_what_a_front_lacks_is_named_with_its_reason_and_is_no_more_than_five_things(tmp_path: Path) -> None:
    assert set(lacks_named()) == {lack async for lack in lacks_found(tmp_path)}
    assert len(lacks_named()) <= 5


def lacks_named() -> dict[tuple[str, str], str]:
    """What docs/fronts.md says that a front lacks, and why."""
    section = DOCUMENT.read_text(encoding="utf-8").partition("## What a front lacks, and why")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\w+) \| (.+?) \| (.{20,}) \|$", section, re.MULTILINE)
    return {(front, lack): why for front, lack, why in rows}


async def lacks_found(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """What a front turns out to lack, when it is asked."""
    offered = {
        "slack": {"start", *COMMANDS["huddle"].usage.split(" | ")},
        "teams": {"start", *COMMANDS["huddle"].usage.split(" | ")},
        "browser": {text for _, _, text in PAGE_COMMANDS.values()},
    }
    wanted = {*SUBCOMMANDS, "help"}
    store = Store(f"sqlite+aiosqlite:///{folder / 'empty.db'}")
    anyone, message, now = Person("x", "x"), Message("x", "x", ()), datetime.now(UTC)
    nowhere = Destination("x", {"page": "x", "channel": "x", "name": "x"})
    nobody: Any = None
    fronts: dict[str, Front] = {
        "slack": SlackFront(nobody, nobody),
        "teams": TeamsFront(nobody, store, no_pictures),
        "browser": BrowserFront(store, lambda: now),
        "workflow": WorkflowFront({}, no_pictures),
    }
    for name, front in fronts.items():
        if name in offered and wanted - offered[name]:
            yield name, "typed commands"
        sources = Path(str(sys.modules[type(front).__module__].__file__)).parent.glob("*.py")
        if name != "workflow" and not any("Opened(" in source.read_text(encoding="utf-8") for source in sources):
            yield name, "a home across wards"
        if await refuses(front.update(nowhere, message)):
            yield name, "answering"
            continue
        if await refuses(front.say_privately(anyone, message)):
            yield name, "messages to one person later"
        if await refuses(front.find(nowhere, "key", now)):
            yield name, "looking up whether an unclear post arrived"
    await store.close()


async def refuses(call: Awaitable[object]) -> bool:
    """Whether a front says that it can't do this at all, without trying."""
    try:
        await call
    except (Refused, Unclear):
        return True
    except Exception:  # it tried: there is nothing behind it here
        return False
    return False
