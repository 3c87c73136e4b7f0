"""What each front makes of a message and of a form: its faults against the platform's limits, and what is read."""

from __future__ import annotations

from collections.abc import Mapping
import json
import re
from typing import Protocol

from bs4 import BeautifulSoup

from bot.chat.browser.draw import Card, View, environment
from bot.chat.front import Person
from bot.chat.message import Button, Buttons, Chart, Form, Message, from_json, to_json
from bot.chat.sheet import Sheets, initial, new_sheet
from bot.chat.slack import blocks
from bot.chat.slack.private import Envelope
from bot.chat.teams import cards
from tests.slack_workspace import MESSAGE, visible_text, wrong_with_blocks, wrong_with_view
from tests.slack_workspace.limits import VIEW_BYTES_MOST
from tests.teams_tenant import visible, wrong_with_card, wrong_with_dialog

SECRET = "a secret of thirty-two characters"
LONGEST_PERSON = "x" * 36
PICTURE = "https://wardhuddle.example/teams/chart/" + "x" * 900 + ".png"


class Front(Protocol):
    """One front, as far as it draws."""

    def wrong_with_message(self, message: Message) -> list[str]:
        """What the platform would refuse, wherever such a message may be shown."""

    def seen_of_message(self, message: Message) -> str:
        """What is read."""

    def wrong_with_form(self, form: Form) -> list[str]:
        """What the platform would refuse."""

    def seen_of_form(self, form: Form) -> str:
        """What is read."""

    def fullness(self, thing: Message | Form) -> float | None:
        """The share that it takes of the platform's tightest limit; None where there is none."""


class Slack:
    """In a channel, as App Home and in a modal."""

    def wrong_with_message(self, message: Message) -> list[str]:
        charts = {n: "F1" for n, part in enumerate(message.parts) if isinstance(part, Chart)}
        posted = blocks.message_blocks(message, files=charts)
        faults = wrong_with_blocks(posted, MESSAGE, lambda file: file == "F1")
        for view in (blocks.home(message), blocks.answered("A form", [message])):
            faults += wrong_with_view(view, lambda file: False)
        shortened = blocks.characters(posted) > blocks.CHARACTERS
        return [*faults, *(["too long"] if shortened else [])]

    def seen_of_message(self, message: Message) -> str:
        return visible_text(blocks.message_blocks(message))

    def _view(self, form: Form) -> dict[str, object]:
        return blocks.view(form, Envelope(SECRET).seal(form, Person("slack", LONGEST_PERSON, "T1TRUST"), None))

    def wrong_with_form(self, form: Form) -> list[str]:
        return wrong_with_view(self._view(form), lambda file: False)

    def fullness(self, thing: Message | Form) -> float | None:
        if isinstance(thing, Message):
            posted = blocks.message_blocks(thing)
            return max(len(posted) / blocks.MESSAGE_BLOCKS, blocks.characters(posted) / blocks.CHARACTERS)
        view = self._view(thing)
        metadata = len(str(view["private_metadata"])) / blocks.CONTEXT_METADATA
        return max(len(view["blocks"]) / blocks.VIEW_BLOCKS, len(json.dumps(view)) / VIEW_BYTES_MOST, metadata)  # type: ignore[arg-type]

    def seen_of_form(self, form: Form) -> str:
        view = self._view(form)
        seen = [view["title"]["text"], view["submit"]["text"], visible_text(view["blocks"])]  # type: ignore[index,arg-type]
        return "\n".join(map(str, seen))


class Teams:
    """In a channel, in one whose client has no dialogs, one way, and in a dialog; a form in a dialog and in place."""

    def wrong_with_message(self, message: Message) -> list[str]:
        drawn = [cards.message_card(message, lambda chart: PICTURE, surface) for surface in ("chat", "plain chat")]
        drawn.append(cards.message_card(message, surface="one way"))
        faults = [fault for card in drawn for fault in wrong_with_card(card)]
        return faults + wrong_with_card(cards.answer_card([message], place="x" * 200), dialog=True)

    def seen_of_message(self, message: Message) -> str:
        return visible(cards.message_card(message))

    def _card(self, form: Form, surface: cards.Surface) -> dict[str, object]:
        sheet = new_sheet(form, person=LONGEST_PERSON, channel="19:" + "x" * 60 + "@thread.tacv2")
        everything = {asked.name: "It is not right. " * 12 for asked in form.fields}
        return cards.form_card(form, Sheets(SECRET, "teams").seal(sheet), initial(form), everything, surface)

    def wrong_with_form(self, form: Form) -> list[str]:
        content = {"contentType": cards.CARD_TYPE, "content": self._card(form, "dialog")}
        shown = {"title": form.title, "height": "large", "width": "medium", "card": content}
        return wrong_with_dialog(shown) + wrong_with_card(self._card(form, "chat"))

    def fullness(self, thing: Message | Form) -> float | None:
        if isinstance(thing, Message):
            return cards.size(cards.message_card(thing, lambda chart: PICTURE)) / cards.CARD_BYTES
        return cards.size(self._card(thing, "dialog")) / cards.CARD_BYTES

    def seen_of_form(self, form: Form) -> str:
        return f"{form.title}\n{visible(self._card(form, 'dialog'))}"


class Browser:
    """On a ward's page. Nobody limits it, so what it is held against is that its parts are kept and drawn."""

    def __init__(self) -> None:
        self._templates = environment("/ward")

    def _page(self, template: str, **shown: object) -> str:
        html = self._templates.get_template(template).render(here="/ward/page", csrf="x", private=[], **shown)
        main = BeautifulSoup(html, "html.parser").select_one("main")
        assert main
        for option in main.select("option, button, label"):
            option.append("\n")
        return main.get_text("\n")

    def _card(self, message: Message) -> Card:
        rows = [part.buttons for part in message.parts if isinstance(part, Buttons)]
        sends: Mapping[Button, str] = {button: "x" for row in rows for button in row}
        pictures = {part: "/chart.svg" for part in message.parts if isinstance(part, Chart)}
        return Card("private-1", message, sends, pictures)

    def wrong_with_message(self, message: Message) -> list[str]:
        return [] if from_json(to_json(message)) == message else ["not kept as it was"]

    def seen_of_message(self, message: Message) -> str:
        html = self._templates.from_string(
            '{% from "parts.html" import parts %}{{ parts(card, "/ward/page", "x", 2) }}'
        ).render(card=self._card(message))
        soup = BeautifulSoup(html, "html.parser")
        return "\n".join([soup.get_text("\n"), *(str(picture["alt"]) for picture in soup.select("img"))])

    def wrong_with_form(self, form: Form) -> list[str]:
        sheets = Sheets(SECRET, "browser")
        opened, too_old = sheets.opened(sheets.seal(new_sheet(form, page="page")))
        return [] if opened.form == form and not too_old else ["not kept as it was"]

    def fullness(self, thing: Message | Form) -> float | None:
        return None

    def seen_of_form(self, form: Form) -> str:
        return self._page(
            "form.html", view=View("page"), form=form, token="x", typed=initial(form), errors={}, problem=""
        )


FRONTS: Mapping[str, Front] = {"slack": Slack(), "teams": Teams(), "browser": Browser()}


def folded(text: str) -> str:
    """A text with white space folded, to compare what is read and not how it is broken into lines."""
    return re.sub(r"\s+", " ", text).strip()
