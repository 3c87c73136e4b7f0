"""What every form of ours holds, and no other site can know."""

from __future__ import annotations

import hmac
import secrets

from bot.settings import keyed_hash


class Csrf:
    """For the `pages` of one kind (`browser`, `dashboard`)."""

    def __init__(self, secret: str, pages: str) -> None:
        self._secret = secret
        self._pages = pages

    def of(self, holder: str) -> str:
        """What the forms of this visitor or session hold."""
        return keyed_hash(self._secret, f"{self._pages}-csrf", holder)

    def fits(self, holder: str, given: str) -> bool:
        """Whether a form came from this visitor's, or session's, own pages."""
        return hmac.compare_digest(self.of(holder).encode(), given.encode())


def new_holder() -> str:
    """A random id for a browser that has none."""
    return secrets.token_urlsafe(18)
