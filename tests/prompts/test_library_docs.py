"""docs/content.md: its numbers are those of the library, and its worked example works."""

from __future__ import annotations

from datetime import date
from pathlib import Path
import re

from bot.prompts.library import Library
from bot.prompts.library.check import check

GUIDE = (Path(__file__).parents[2] / "docs" / "content.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\w+) \| `([\w.]+)` \| (\d+) \| .+ \|$", re.MULTILINE)
FILE = re.compile(r"^`([\w/]+\.yaml)`\n\n```yaml\n(.+?)^```$", re.MULTILINE | re.DOTALL)


def test_the_numbers_of_the_guide_are_those_of_the_library() -> None:
    assert {kind: int(number) for kind, _, number in ROW.findall(GUIDE)} == Library.load().counts()


def test_every_folder_of_the_guide_is_there() -> None:
    content = Path(__file__).parents[2] / "content"
    assert all((content / folder).exists() for _, folder, _ in ROW.findall(GUIDE))


def test_every_poster_of_the_guide_is_there_and_every_poster_is_in_it() -> None:
    names = {one.name for one in Library.load().posters.values()}
    lists = re.search(r"^Posters: (.+?)\. Blank sheets to write\non by hand: (.+?)\. ", GUIDE, re.MULTILINE | re.DOTALL)
    assert lists
    assert set(re.findall(r"`([\w-]+)`", lists[0])) == names


def test_every_picture_is_there_and_described() -> None:
    """In the guide, and in the README, which shows the posters too."""
    root = Path(__file__).parents[2]
    for file in (root / "docs" / "content.md", root / "README.md"):
        pictures = re.findall(r"!\[(.*?)\]\((.+?)\)", file.read_text(encoding="utf-8"))
        assert sum("posters/" in path for _, path in pictures) == 6
        assert all(alt and (file.parent / path).is_file() for alt, path in pictures)


def test_the_worked_example_adds_replaces_and_withdraws_as_it_says(own: Path) -> None:
    for name, text in FILE.findall(GUIDE):
        (own / name).parent.mkdir(exist_ok=True)
        (own / name).write_text(text, encoding="utf-8")
    library = Library.load(own)
    assert check(library, date(2026, 12, 1)) == []
    assert library.own
    for what, ids in library.own.items():
        assert ids
        assert f"\nyour own, {what}: {', '.join(ids)}\n" in GUIDE
