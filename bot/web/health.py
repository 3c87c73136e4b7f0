"""Health: is it alive, is it ready, what does it count. No names, no free text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.settings import Clock
from bot.store import ledger, wards
from bot.store.database import Store, StoreAway

Check = Callable[[], Awaitable[bool]]


def routes(store: Store, clock: Clock, checks: Mapping[str, Check]) -> list[Route]:
    """`/healthz`, `/readyz` (the database and every one of `checks`) and `/metrics`."""

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("alive")

    async def readyz(_request: Request) -> Response:
        found = {"database": await _reached(store)}
        found |= {name: await check() for name, check in checks.items()}
        return JSONResponse(found, 200 if all(found.values()) else 503)

    async def metrics(_request: Request) -> Response:
        registry = CollectorRegistry()
        prompts = Gauge("wardhuddle_prompts", "Prompts in the ledger, by state", ["kind", "state"], registry=registry)
        paused = Gauge("wardhuddle_wards_paused", "Wards whose prompts have stopped", registry=registry)
        try:
            async with store() as session:
                for kind, state, number in await ledger.count_states(session, clock()):
                    prompts.labels(kind, state).set(number)
                paused.set(len(await wards.paused_wards(session)))
        except StoreAway:
            return PlainTextResponse("the database can't be reached", 503)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


async def _reached(store: Store) -> bool:
    try:
        await store.ping()
    except StoreAway:
        return False
    return True
