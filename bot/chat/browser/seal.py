"""What a browser carries for us and must not change: who it is, the form it fills in, the button it presses."""

from __future__ import annotations

from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from bot.chat.html.csrf import Csrf
from bot.chat.html.guard import Forged
from bot.chat.message import Button
from bot.chat.sheet import NotOurs, Sheet, Sheets


@dataclass(frozen=True)
class Pressed:
    """A button of a message. `posted` is whether the message is on the page, or was said to one person alone."""

    page: str
    message: str
    posted: bool
    action: str
    value: str


class Seal:
    """Signs with the service's secret, and trusts only what it signed."""

    def __init__(self, secret: str) -> None:
        self.csrf = Csrf(secret, "browser")
        self._visitors = URLSafeSerializer(secret, salt="browser-visitor")
        self._buttons = URLSafeSerializer(secret, salt="browser-button")
        self._sheets = Sheets(secret, "browser")

    def cookie(self, visitor: str) -> str:
        """A visitor's id, signed."""
        return str(self._visitors.dumps(visitor))

    def visitor(self, cookie: str) -> str | None:
        """The visitor whose cookie this is, if it is ours."""
        try:
            return str(self._visitors.loads(cookie))
        except BadSignature:
            return None

    def button(self, page: str, message: str, posted: bool, button: Button) -> str:
        """What a button sends when it is pressed."""
        return str(self._buttons.dumps([page, message, posted, button.action, button.value]))

    def pressed(self, token: str, page: str) -> Pressed:
        """The button of this page that sent `token`. Raises `Forged`."""
        try:
            pressed = Pressed(*self._buttons.loads(token))
        except BadSignature:
            raise Forged from None
        if pressed.page != page:
            raise Forged
        return pressed

    def sheet(self, sheet: Sheet) -> str:
        """A form as a page carries it."""
        return self._sheets.seal(sheet)

    def opened(self, token: str, page: str) -> tuple[Sheet, bool]:
        """The form of this page that `token` holds, and whether it is too old to be sent. Raises `Forged`."""
        try:
            sheet, too_old = self._sheets.opened(token)
        except NotOurs:
            raise Forged from None
        if sheet.holder != {"page": page}:
            raise Forged
        return sheet, too_old
