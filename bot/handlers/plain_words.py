"""A report that begins with plain words: what was read of them, and the form with that filled in, to be checked.

The words are kept nowhere: they travel in the button and the form of the person who wrote them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
import json

from bot.chat.message import Button, Buttons, Form, FormPart, Line, Message, Note, OneOf, Part, SomeOf, Text
from bot.chat.router import Command, Open, Outcomes, Reply, Said, Tap
from bot.handlers import home, report
from bot.handlers.desk import Desk, DeskRouter, reply
from bot.handlers.report_form import HELP_NOW, LINE_LENGTH
from bot.privacy.identifiers import pointed_out
from bot.prompts.recognise import READ_MOST, Read, recognise

GREETING = 3
"""Words of which so few, with nothing read in them, are no report: whoever writes them is told what can be done."""
I_READ = "I read: {read}."
I_READ_NOTHING = "I read nothing in that which the form asks for."
CHECK = (
    "Nothing is sent or kept yet. Open the form, check it, and choose what is missing; how it settled is yours to say."
)
CHECK_HERE = "Please check it, and choose what is missing; how it settled is yours to say."
TOO_LONG = "Your words are longer than the form's one line, so they are not in it."
REFUSED = (
    "Nothing was read or kept. Please take out {found}, which could point to a patient; send it again without, and "
    "delete the message above."
)
LEFT_OUT = "The message's words are not filled in, for they hold {found}, which could point to a patient."
OPENS = "report_read"


def register(router: DeskRouter) -> None:
    """What people can write, and choose of what was written."""
    router.on_said(said)
    for kind in ("near_miss", "success"):
        router.on_tap(f"{OPENS}_{kind}", partial(open_filled, kind))


async def said(event: Said, desk: Desk) -> Outcomes:
    """What was read, with a button that opens the form; from a message that others wrote, the form at once."""
    text = " ".join(event.text[:READ_MOST].split())
    found, read = pointed_out(text), recognise(text)
    fits = len(event.text) <= LINE_LENGTH
    filled: dict[str, object] = dict(read.values)
    if fits and not found:
        filled["line"] = text
    if event.chosen:
        kind = "success" if read.success else "near_miss"
        words = [_what(desk, read), LEFT_OUT.format(found=found) if found else "" if fits else TOO_LONG, CHECK_HERE]
        form = await _form(kind, Command(kind, "", event.person, event.place), desk)
        return (Open(_filled(form, filled, " ".join(filter(None, words)))),)
    if found:
        return (reply("words_refused", REFUSED.format(found=found), note=HELP_NOW),)
    if not read.values and not read.success and len(text.split()) <= GREETING:
        return await home.help_here(Command("huddle", "help", event.person, event.place), desk)
    return (Reply(_answer(desk, read, filled, fits=fits)),)


def _answer(desk: Desk, read: Read, filled: Mapping[str, object], *, fits: bool) -> Message:
    value = json.dumps(filled, ensure_ascii=False)
    near_miss = Button("Report a near miss", f"{OPENS}_near_miss", value, opens=True)
    success = Button("Share a success", f"{OPENS}_success", value, opens=True)
    likely, other = (success, near_miss) if read.success else (near_miss, success)
    first = _what(desk, read)
    words = [first, *([] if fits else [TOO_LONG]), CHECK]
    parts: list[Part] = [
        *(Text(one) for one in words),
        Buttons((replace(likely, style="primary"), other)),
        Note(HELP_NOW),
    ]
    return Message("words_read", first, tuple(parts))


def _what(desk: Desk, read: Read) -> str:
    labels = read.labels(desk.library)
    return I_READ.format(read="; ".join(labels)) if labels else I_READ_NOTHING


async def open_filled(kind: str, tap: Tap, desk: Desk) -> Outcomes:
    """The form, with what was read in it."""
    try:
        given = json.loads(tap.value)
    except ValueError:
        given = {}
    filled = given if isinstance(given, dict) else {}
    return (Open(_filled(await _form(kind, tap, desk), filled, CHECK_HERE)),)


async def _form(kind: str, event: Command | Tap, desk: Desk) -> Form:
    [opened] = await report.open_form(kind, event, desk)
    assert isinstance(opened, Open), "a report is asked for with a form"
    return opened.form


def _filled(form: Form, given: Mapping[str, object], words: str) -> Form:
    """The form with these answers filled in, as far as it offers them."""
    return replace(form, parts=(Text(words), *(_with(part, given) for part in form.parts)))


def _with(part: FormPart, given: Mapping[str, object]) -> FormPart:
    match part:
        case Line(name=name) if isinstance(words := given.get(name), str):
            return replace(part, initial=words[: part.max_length])
        case OneOf(name=name) | SomeOf(name=name) if isinstance(values := given.get(name), list | tuple):
            offered = tuple(option.value for option in part.options if option.value in values)
            if isinstance(part, SomeOf):
                return replace(part, initial=offered)
            return replace(part, initial=offered[0]) if len(offered) == 1 else part
    return part
