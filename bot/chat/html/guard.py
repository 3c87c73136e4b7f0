"""What every request goes through: headers, a bound on what it sends, and an apology where it fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.chat.bounded import bounded
from bot.faults import fault_words, log_fault
from bot.store.database import StoreAway

Endpoint = Callable[[Request], Awaitable[Response]]

LARGEST = 64 * 1024
"""Bytes that a form may send."""
MOST_FIELDS = 500
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
    "cross-origin-opener-policy": "same-origin",
}
NO_STORE = {"cache-control": "no-store"}


class Sorry(Exception):
    """A request that can't be served, and what its person should do."""

    status: int = HTTPStatus.BAD_REQUEST
    title = ""
    words: tuple[str, ...] = ()
    leads_back = True
    """Whether it helps to open the page again that leads to all others."""


class NoSuchPage(Sorry):
    """Nothing is at this address."""

    status = HTTPStatus.NOT_FOUND
    title = "We can't find this page"
    words = (
        "The address may be mistyped, or the page may have been moved.",
        "Ask your ward manager for the page's address.",
    )
    leads_back = False


class NotFromHere(Sorry):
    """A form that did not come from this visitor's own page."""

    status = HTTPStatus.FORBIDDEN
    title = "We could not tell that this came from you"
    words = (
        "Nothing was sent. Open your ward's page again and repeat what you did.",
        "If this keeps happening, your browser may be set to refuse cookies. This page needs one, so that nobody else "
        "can send things in your name. It holds a random number and nothing about you.",
    )


class Forged(Sorry):
    """Something signed that we did not sign, or not for this page."""

    title = "We could not read what was sent"
    words = ("Nothing was kept. Open your ward's page again and repeat what you did.",)


class TooMuch(Sorry):
    """More than a form of ours can hold."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    title = "That is too much to send"
    words = ("Nothing was sent. Please go back and make it shorter.",)


class Away(Sorry):
    """The database can't be reached."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "We can't reach our database just now"
    words = ("Please try again in a minute.",)


class Broken(Sorry):
    """A fault of ours."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    title = "Something went wrong on our side"

    def __init__(self, reference: str) -> None:
        self.words = (fault_words(reference),)


class SecurityHeaders:
    """Puts `HEADERS` on every response that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, shielded)


def safely(endpoint: Endpoint, sorry: Callable[[Request, Sorry], Response]) -> Endpoint:
    """The endpoint, with an apology for whatever goes wrong in it."""

    async def served(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Sorry as known:
            return sorry(request, known)
        except StoreAway:
            return sorry(request, Away())
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except Exception as error:
            return sorry(request, Broken(log_fault(error, endpoint.__name__)))

    return served


async def posted_by(request: Request) -> dict[str, list[str]]:
    """What a form sent, by field. Raises `TooMuch`."""
    body = await bounded(request.stream(), LARGEST)
    if body is None:
        raise TooMuch
    try:
        fields = parse_qs(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise TooMuch from None
    # PostgreSQL keeps no NUL, and nobody types one.
    return {name: [value.replace("\0", "") for value in values] for name, values in fields.items()}
