"""A browser at the dashboard, by real HTTP: it opens links, presses buttons and keeps cookies."""

from __future__ import annotations

from urllib.parse import urlsplit

from bs4 import BeautifulSoup
import httpx


class Browser:
    """One device; `page` is the latest that it was shown."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, follow_redirects=True)
        self.page: httpx.Response | None = None

    @property
    def text(self) -> str:
        """What the page says."""
        return " ".join(self.soup.get_text(" ", strip=True).split())

    @property
    def soup(self) -> BeautifulSoup:
        """The page."""
        assert self.page
        return BeautifulSoup(self.page.text, "html.parser")

    @property
    def status(self) -> int:
        """The page's."""
        assert self.page
        return self.page.status_code

    async def open(self, address: str) -> str:
        """Open an address, of whatever host; what the page says."""
        parts = urlsplit(address)
        self.page = await self.http.get(f"{parts.path}?{parts.query}" if parts.query else parts.path)
        return self.text

    def fields(self, label: str) -> tuple[str, dict[str, str]]:
        """What the button with this label would send, and where."""
        button = next(one for one in self.soup.select("button") if one.get_text(strip=True) == label)
        form = button.find_parent("form")
        assert form
        sent = {str(one["name"]): str(one.get("value", "")) for one in form.select("input, select, textarea")}
        if button.get("name"):
            sent[str(button["name"])] = str(button["value"])
        return str(form["action"]), sent

    async def press(self, label: str, **typed: str) -> str:
        """Press a button, with these fields filled in; what the page says then."""
        address, sent = self.fields(label)
        self.page = await self.http.post(address, data=sent | typed)
        return self.text

    async def sign_in(self, link: str) -> str:
        """Open a link and press its button."""
        await self.open(link)
        return await self.press("Sign in")
