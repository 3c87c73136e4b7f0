"""A form as it was handed to one person: whole and signed, so that it can be shown again with what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
import hashlib
from uuid import uuid4

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from pydantic import TypeAdapter, ValidationError

from bot.chat.message import Form, FormField

FORM_LIFE = 12 * 60 * 60
"""Seconds for which a form that was opened may be sent."""
TOO_OLD = (
    "This form is too old: it was opened more than 12 hours ago, so nothing was sent. What you typed is still here. "
    "If it is still right, send it again."
)

Typed = Mapping[str, str | list[str] | bool]
"""What stands in a form's fields, by their names: text, the chosen values of a `SomeOf`, the ids of `People`,
the tick of a `YesNo`."""


@dataclass(frozen=True)
class Sheet:
    """A form, handed out. `holder` is whose it is and where, as their front has it.

    `once` is the same however often they send it.
    """

    holder: Mapping[str, str]
    form: Form
    once: str


def new_sheet(form: Form, **holder: str) -> Sheet:
    """A form, handed out now."""
    return Sheet(holder, form, uuid4().hex)


def next_sheet(sent: Sheet, form: Form) -> Sheet:
    """A form, handed out in the place of the one that was sent, to the same holder."""
    return Sheet(sent.holder, form, once_after(sent.once, form))


def once_after(once: str, form: Form) -> str:
    """The `once` of a form in the place of the one that had this: the same where that was sent or delivered twice."""
    return hashlib.sha256(b"/".join((once.encode(), _FORM.dump_json(form)))).hexdigest()[:32]


def initial(form: Form) -> Typed:
    """What stands in the fields before anything is typed."""
    return {asked.name: _initial(asked) for asked in form.fields}


def _initial(asked: FormField) -> str | list[str] | bool:
    match asked.initial:
        case bool(ticked):
            return ticked
        case time() as at:
            return f"{at:%H:%M}"
        case tuple(chosen):
            return list(chosen)
        case text:
            return text or ""


class NotOurs(Exception):
    """Something signed that we did not sign, or in a way that we no longer understand."""


_SHEET = TypeAdapter(Sheet)
_FORM = TypeAdapter(Form)


class Sheets:
    """Signs sheets, with the service's secret and a name of their own for each front."""

    def __init__(self, secret: str, front: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt=f"{front}-form")

    def seal(self, sheet: Sheet) -> str:
        """The sheet whole (compressed), so that it can be drawn again even while the database is away."""
        return str(self._serializer.dumps(_SHEET.dump_python(sheet, mode="json")))

    def opened(self, token: str) -> tuple[Sheet, bool]:
        """The sheet that `token` holds, and whether it is too old to be sent. Raises `NotOurs`."""
        try:
            kept, too_old = self._serializer.loads(token, max_age=FORM_LIFE), False
        except SignatureExpired as expired:
            kept, too_old = self._serializer.load_payload(expired.payload or b""), True
        except BadSignature:
            raise NotOurs from None
        try:
            return _SHEET.validate_python(kept), too_old
        except ValidationError:  # signed by another version of this program
            raise NotOurs from None
