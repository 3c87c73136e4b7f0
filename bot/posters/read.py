"""Reads the posters: the built-in ones, and a trust's own laid over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.posters.items import Poster
from bot.prompts.library.items import Banned, Source
from bot.prompts.library.read import Entry, Fault, Shelf
from bot.prompts.library.rules import TO_BE_SENT, breaches
from bot.settings import BUILT_IN_CONTENT

FOLDER = "posters"


@dataclass(frozen=True)
class Posters:
    """The posters by name, and what is wrong with those that were left out."""

    by_name: Mapping[str, Poster]
    faults: tuple[Fault, ...]

    @classmethod
    def load(cls, overlay: Path | None = None, built_in: Path = BUILT_IN_CONTENT) -> Posters:
        """The built-in posters; one of a trust's own folder replaces that with the same id.

        A poster that is broken, or breaks a rule of what may be sent, is left out, and is in `faults`.
        """
        faults: list[Fault] = []
        shelves = [Shelf(built_in, "", faults)]
        if overlay and overlay != built_in:
            shelves.append(Shelf(overlay, f"{overlay}/", faults))
        read = [shelf.read(entry, Source) for shelf in shelves for entry in shelf.entries("sources.yaml")]
        sources = {one.key: one for one in read if one}
        banned = _banned(shelves)
        found: dict[str, Poster] = {}
        for shelf in shelves:
            homes: dict[str, Entry] = {}
            for entry in shelf.items(FOLDER):
                poster = shelf.read(entry, Poster, {"sources": sources})
                if poster is None:
                    continue
                broken = [entry.fault(reason, where) for where, reason in breaches(TO_BE_SENT, poster, banned)]
                if poster.name in homes:
                    broken.append(entry.fault(f"the id is taken in {homes[poster.name].file}", ("id",)))
                homes.setdefault(poster.name, entry)
                faults += broken
                if not broken:
                    found[poster.name] = poster
        return cls(dict(sorted(found.items())), tuple(faults))


def _banned(shelves: list[Shelf]) -> Banned:
    """A trust's own list adds to the built-in one, and takes nothing from it."""
    lists = [shelf.read(entry, Banned) for shelf in shelves if (entry := shelf.whole("banned.yaml"))]
    read = [one for one in lists if one]
    return Banned(
        labels=tuple(phrase for one in read for phrase in one.labels),
        holds=tuple(phrase for one in read for phrase in one.holds),
    )
