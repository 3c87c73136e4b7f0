"""A member of staff, on Slack or at a ward's browser page: the same words for what they do and see."""

from __future__ import annotations

from base64 import urlsafe_b64decode as b64decode
from collections.abc import Mapping
import json
import re
from typing import Any, Protocol

from bs4 import BeautifulSoup, Tag
import httpx

from tests.slack_workspace import Channel, Person, Workspace
from tests.teams_tenant import Conversation, Tenant
from tests.teams_tenant import Person as TeamsPerson
from tests.teams_tenant.render import parts

Values = Mapping[str, Any]
MENU = {"/report": "report_near_miss", "/success": "share_success"}
BUTTONS = {
    "/report": "Report a near miss",
    "/report restrictive": "Tally a restrictive intervention",
    "/report code": "Have a code?",
    "/success": "Share a success",
    "/huddle": "Start a huddle",
    "/huddle start": "Start a huddle",
    "/huddle today": "The shift so far",
    "/huddle debrief": "Ask for a debrief",
    "/huddle dashboard": "Dashboard",
    "/huddle mark": "Note a change on the charts",
}


class Actor(Protocol):
    """What a story may do and look at. Texts are what a person reads."""

    name: str
    """Whatever would lead back to this person if it were stored."""
    taps: int

    async def command(self, typed: str) -> None:
        """Type `/report`, `/success` or `/huddle`, or press the button that stands for it."""

    async def tap(self, label: str) -> None:
        """Press a button of the newest message that has it."""

    async def fill(self, values: Values) -> None:
        """Answer fields of the open form, by their labels."""

    async def submit(self) -> None:
        """Send the open form."""

    async def resubmit(self) -> None:
        """What was sent last comes once more: a double tap, or delivered again."""

    @property
    def form(self) -> str:
        """What the open form says, errors too; empty if none is open."""

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by the label of the field."""

    def typed(self, label: str) -> Any:
        """What the open form holds at this field."""

    async def channel(self) -> str:
        """The ward's channel, oldest message first."""

    def told(self) -> str:
        """What was said to this person alone, the latest last."""

    def link(self, label: str) -> str:
        """Where the newest link of this name leads that was given to this person alone."""


class OnSlack:
    """A user of the stand-in Slack."""

    def __init__(self, workspace: Workspace, person: Person, channel: Channel) -> None:
        self._workspace = workspace
        self.person = person
        self._channel = channel
        self._told: list[str] = []
        self.name = person.id

    @property
    def taps(self) -> int:
        return self.person.taps

    async def command(self, typed: str) -> None:
        command, _, text = typed.partition(" ")
        await self.person.command(command, text, self._channel)
        await self._workspace.settle()

    async def tap(self, label: str) -> None:
        await self.person.tap(label, self._channel)
        await self._workspace.settle()

    async def fill(self, values: Values) -> None:
        ticks = {label: ["Yes"] if value else [] for label, value in values.items() if isinstance(value, bool)}
        await self.person.fill({**values, **ticks})

    async def submit(self) -> None:
        await self.person.submit()
        await self._workspace.settle()
        if self.person.view and not self.person.view.payload.get("submit"):  # what came of it, in the form's place
            self._told.append(self.person.view_text())
            await self.person.close()

    async def resubmit(self) -> None:
        await self._workspace.redeliver_last()

    @property
    def form(self) -> str:
        return self.person.view_text()

    @property
    def errors(self) -> dict[str, str]:
        return self.person.errors

    def typed(self, label: str) -> Any:
        held = self.person.fields()[label]
        return held.get("value") if isinstance(held, dict) else held

    async def channel(self) -> str:
        return "\n\n".join(message.visible for message in self._workspace.posts(self._channel))

    def told(self) -> str:
        return "\n\n".join([*(message.visible for message in self.person.private_messages()), *self._told])

    def link(self, label: str) -> str:
        given = [message for message in self.person.private_messages() if label in message.visible][-1]
        return given.mentions[-1].strip("<>")


class InTeams:
    """A user of the stand-in Teams."""

    def __init__(self, tenant: Tenant, person: TeamsPerson, channel: Conversation) -> None:
        self._tenant = tenant
        self.person = person
        self._channel = channel
        self._told: list[str] = []
        self.name = person.id

    @property
    def taps(self) -> int:
        return self.person.taps

    async def command(self, typed: str) -> None:
        """By the menu under the message box where it has an entry, since that leaves no trace in the channel."""
        extension = MENU.get(typed)
        if extension:
            await self.person.extension(extension, self._channel)
        else:
            await self.person.say(typed.removeprefix("/"), self._channel)
            await self._tenant.settle()
            if "Open the form" in self._tenant.posts(self._channel)[-1].visible:
                await self.person.tap("Open the form", self._channel)
        await self._heard()

    async def tap(self, label: str) -> None:
        told = self.person.private_messages()
        private = told and label in told[-1].visible
        dialog = self.person.dialog
        if dialog and label in [action.get("title") for action in dialog.actions]:
            await self.person.tap(label)
        else:
            await self.person.tap(label, "private" if private else self._channel)
        await self._heard()

    async def fill(self, values: Values) -> None:
        await self.person.fill(values)

    async def submit(self) -> None:
        await self.person.submit()
        await self._heard()

    async def resubmit(self) -> None:
        assert await self._tenant.redeliver_last() == 200

    async def _heard(self) -> None:
        """Note what a dialog says that holds no form; one with buttons stays open."""
        await self._tenant.settle()
        assert not self.person.troubles, self.person.troubles
        dialog = self.person.dialog
        if dialog and not any("form" in (action.get("data") or {}) for action in dialog.actions):
            self._told.append(self.person.dialog_text())
            if not any("action" in (action.get("data") or {}) for action in dialog.actions):
                await self.person.close()

    @property
    def form(self) -> str:
        return self.person.form_text()

    @property
    def errors(self) -> dict[str, str]:
        return self.person.errors

    def typed(self, label: str) -> Any:
        return self.person.fields()[label]

    async def channel(self) -> str:
        return "\n\n".join(message.visible for message in self._tenant.posts(self._channel) if not message.deleted)

    def told(self) -> str:
        private = [message.visible for message in self.person.private_messages()]
        return "\n\n".join([*private, *self.person.toasts, *self._told])

    def link(self, label: str) -> str:
        cards = [message.card for message in self.person.private_messages() if message.card]
        opening = [one for card in cards for one in parts(card) if one["type"] == "Action.OpenUrl"]
        return str([one["url"] for one in opening if one["title"] == label][-1])


class AtThePage:
    """A visitor of a ward's browser page, or of its report page; `address` is theirs on the network."""

    def __init__(self, url: str, page: str, address: str = "198.51.100.7") -> None:
        self._page = page
        self._http = httpx.AsyncClient(base_url=url, follow_redirects=True, headers={"x-forwarded-for": address})
        self._shown = BeautifulSoup("", "html.parser")
        self._told: list[str] = []
        self._values: dict[str, Any] = {}
        self._sent: tuple[str, dict[str, Any]] = ("", {})
        self.taps = 0
        self.name = "a-visitor"

    async def open(self) -> None:
        """Open the page."""
        self._show(await self._http.get(self._page))

    @property
    def shown(self) -> str:
        """What the page says."""
        return self._shown.get_text("\n", strip=True)

    def _show(self, response: httpx.Response) -> None:
        self._shown = BeautifulSoup(response.text, "html.parser")
        self.status = response.status_code
        cookie = self._http.cookies.get("visitor") or next(iter(self._http.cookies.values()), "")
        if cookie:
            kept = cookie.strip('"').split(".")[0]
            self.name = json.loads(b64decode(kept + "=" * (-len(kept) % 4)))
        for card in self._shown.select(".private"):
            self._told.append(card.get_text("\n", strip=True))
        self._values = {}

    async def command(self, typed: str) -> None:
        await self.open()
        await self._press(BUTTONS[typed], self._shown)

    async def tap(self, label: str) -> None:
        if not self._shown.select_one(f'.private button:-soup-contains("{label}")'):
            await self.open()
        await self._press(label, self._shown)

    async def _press(self, label: str, where: Tag) -> None:
        button = next(one for one in where.select("button") if one.get_text(strip=True) == label)
        form = button.find_parent("form")
        assert form
        fields = {str(one["name"]): str(one.get("value", "")) for one in form.select("input[type=hidden]")}
        if button.get("name"):
            fields[str(button["name"])] = str(button["value"])
        self.taps += 1
        self._show(await self._http.post(str(form["action"]), data=fields))

    def _asked(self) -> Tag:
        form = self._shown.select_one("form.asked")
        assert form, "no form is open"
        return form

    def _inputs(self, label: str) -> list[Tag]:
        """The inputs of the field with this label: one, or one an option."""
        form = self._asked()
        for legend in form.select("legend"):
            if _is(legend, label):
                group = legend.find_parent("fieldset")
                assert group
                return group.select("input")
        for one in form.select("label"):
            if _is(one, label):
                found = form.find(id=str(one["for"]))
                assert isinstance(found, Tag)
                return [found]
        known = [one.get_text(" ", strip=True) for one in form.select("legend, label")]
        raise AssertionError(f"no field “{label}” among {known}")

    async def fill(self, values: Values) -> None:
        for label, value in values.items():
            inputs = self._inputs(label)
            name = str(inputs[0]["name"])
            if inputs[0].name == "select":
                option = next(one for one in inputs[0].select("option") if one.get_text(strip=True) == value)
                self._values[name] = str(option["value"])
                self.taps += 2
            elif inputs[0].get("type") in ("radio", "checkbox") and not isinstance(value, bool):
                wanted = [value] if isinstance(value, str) else list(value)
                self._values[name] = [self._option(one, inputs) for one in wanted]
                self.taps += len(wanted)
            elif isinstance(value, bool):
                self._values[name] = [str(inputs[0].get("value", "on"))] if value else []
                self.taps += 1
            else:
                self._values[name] = value

    def _option(self, label: str, inputs: list[Tag]) -> str:
        for one in inputs:
            words = self._asked().select_one(f'label[for="{one["id"]}"]')
            if words and _is(words, label):
                return str(one["value"])
        raise AssertionError(f"no option “{label}”")

    def _held(self) -> dict[str, Any]:
        held: dict[str, Any] = {}
        for one in self._asked().select("input, select, textarea"):
            name, kind = str(one.get("name", "")), one.get("type")
            if kind in ("radio", "checkbox"):
                held.setdefault(name, [])
                if one.has_attr("checked"):
                    held[name].append(str(one.get("value", "on")))
            elif one.name == "select":
                chosen = one.select_one("option[selected]")
                held[name] = str(chosen["value"]) if chosen else ""
            else:
                held[name] = str(one.get("value", "")) or one.get_text().removeprefix("\n")  # as HTML drops it
        return held | self._values

    async def submit(self) -> None:
        self._sent = str(self._asked()["action"]), self._held()
        self.taps += 1
        await self.resubmit()

    async def resubmit(self) -> None:
        address, held = self._sent
        self._show(await self._http.post(address, data=held))

    @property
    def form(self) -> str:
        form = self._shown.select_one("form.asked")
        return self._shown.get_text("\n", strip=True) if form else ""

    @property
    def errors(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for link in self._shown.select(".summary li a"):
            label, _, words = link.get_text(" ", strip=True).partition(": ")
            if not words:
                label, _, words = re.sub(r"([?.!]) ", r"\1|", label, count=1).partition("|")
            found[label.strip()] = words.strip()
        return found

    def typed(self, label: str) -> Any:
        return self._held()[str(self._inputs(label)[0]["name"])]

    async def channel(self) -> str:
        response = await self._http.get(self._page)
        cards = BeautifulSoup(response.text, "html.parser").select("article")
        return "\n\n".join(card.get_text("\n", strip=True) for card in reversed(cards))

    def told(self) -> str:
        return "\n\n".join(self._told)

    def link(self, label: str) -> str:
        given = self._shown.select_one(f'.private a:-soup-contains("{label}")')
        assert given, f"no link {label}"
        return str(given["href"])


def _is(words: Tag, label: str) -> bool:
    return words.get_text(" ", strip=True).removesuffix("(optional)").removesuffix("(required)").strip() == label
