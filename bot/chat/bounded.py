"""Reading no more than is wanted of what somebody sends."""

from __future__ import annotations

from collections.abc import AsyncIterable


async def bounded(chunks: AsyncIterable[bytes], most: int) -> bytes | None:
    """All of it, or None where it is longer than `most` bytes."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
