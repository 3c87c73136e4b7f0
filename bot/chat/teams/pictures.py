"""Charts as pictures that Teams can fetch: each address holds its chart, signed, so that nothing has to be kept.

A card must stay under 28 KB, so no picture can be in it. Charts hold counts of a ward, as the message around them does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.chat.message import Chart
from bot.chat.pictures import Pictures

PATH = "/teams/chart"
ADDRESS_MOST = 1_900
"""Characters: browsers and proxies take no more for sure. A chart of 26 weeks has about 700."""

_CHART = TypeAdapter(Chart)


class ChartPictures:
    """Gives each chart an address under PUBLIC_URL, and answers there. `draw` makes a PNG."""

    def __init__(self, secret: str, public_url: str, draw: Callable[[Chart], Awaitable[bytes]]) -> None:
        self._serializer = URLSafeSerializer(secret, salt="teams-chart")
        self._public_url = public_url
        self._pictures = Pictures(draw)

    def address(self, chart: Chart) -> str:
        """Where the chart's picture is; nothing where Teams could not fetch it."""
        if not self._public_url:
            return ""
        signed = str(self._serializer.dumps(_CHART.dump_python(replace(chart, alt=""), mode="json")))
        address = f"{self._public_url}{PATH}/{signed}.png"
        return address if len(address) <= ADDRESS_MOST else ""

    def routes(self) -> list[Route]:
        """Where the pictures are."""
        return [Route(f"{PATH}/{{signed}}.png", self._picture)]

    async def _picture(self, request: Request) -> Response:
        try:
            chart = _CHART.validate_python(self._serializer.loads(request.path_params["signed"]))
        except (BadSignature, ValidationError):
            return PlainTextResponse("There is no such picture.", 404)
        return (await self._pictures.picture(chart)).answer(request, "image/png")
