"""A small library to break: a file of every kind of the built-in content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import shutil
from typing import Any

import pytest
import yaml

from bot.prompts.library import Fault, Library
from bot.prompts.library.check import BUILT_IN, band_shares, check, too_few_for_a_ward
from bot.settings import BUILT_IN_CONTENT

Break = Callable[[dict[str, Any]], object]

OF_EACH_KIND = (
    "reminders/intervention.yaml",
    "reminders/surroundings.yaml",
    "scenarios/talking.yaml",
    "supervision/repair.yaml",
    "debriefs/force.yaml",
    "newsletter/winter.yaml",
    "recognition/care.yaml",
    "panel/rights.yaml",
    "posters/debrief.yaml",
    "posters/prevention-first.yaml",
    "posters/soft-words.yaml",
)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Stands in for the built-in content."""
    folder = tmp_path / "content"
    shutil.copytree(BUILT_IN_CONTENT / "huddles", folder / "huddles")
    for path in BUILT_IN_CONTENT.glob("*.yaml"):
        shutil.copy(path, folder)
    for file in OF_EACH_KIND:
        (folder / file).parent.mkdir(exist_ok=True)
        shutil.copy(BUILT_IN_CONTENT / file, folder / file)
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A trust's own folder, with nothing in it yet."""
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


def first_item(file: Path) -> dict[str, Any]:
    """The first item of a file, every value as it is written."""
    raw = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)
    found: dict[str, Any] = raw[0] if isinstance(raw, list) else raw
    return found


class _Plain(yaml.SafeDumper):
    """Writes out what is there twice: content has no references."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def faults_beside_numbers(library: Library) -> list[Fault]:
    """What the check finds, without the numbers: a small library can't keep those."""
    numbers = {fault for rule in (*BUILT_IN, band_shares, too_few_for_a_ward) for fault in rule(library)}
    return [fault for fault in check(library) if fault not in numbers]


def write(file: Path, *items: object) -> None:
    """Make a file of these items, and its folder."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(yaml.dump(list(items), Dumper=_Plain, allow_unicode=True, sort_keys=False), encoding="utf-8")


def change(file: Path, how: Break) -> None:
    """Change the first item of a file, and keep the rest."""
    raw = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)
    how(raw[0] if isinstance(raw, list) else raw)
    file.write_text(yaml.dump(raw, Dumper=_Plain, allow_unicode=True, sort_keys=False), encoding="utf-8")
