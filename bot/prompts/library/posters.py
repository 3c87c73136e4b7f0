"""What a poster says: blocks of a few simple kinds, each a plain frozen model. How they look is for `bot.posters`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from bot.prompts.library.items import Band, Part, Reviewed, Words

LONGEST_ALT = 2000
"""Slack takes no longer alt text of a picture."""
SHARES_MODEL = "respect-training"
"""The source whose model the shares 70, 20 and 10 are: a poster that shows them names it."""


Theme = Literal["teal", "blue", "plum", "green", "rust", "rose", "slate", "gold"]
Icon = Literal[
    "bag",
    "bell",
    "book",
    "box",
    "bulb",
    "calendar",
    "chair",
    "chat",
    "clock",
    "cup",
    "door",
    "drop",
    "ear",
    "eye",
    "face",
    "flag",
    "fork",
    "hand",
    "heart",
    "key",
    "leaf",
    "list",
    "moon",
    "music",
    "pause",
    "pencil",
    "people",
    "person",
    "phone",
    "plate",
    "plus",
    "puzzle",
    "question",
    "quiet",
    "shield",
    "spark",
    "sun",
    "tick",
    "walk",
    "warning",
    "wave",
]
"""What can be asked for. What each looks like is for `bot.posters` to know."""


class _Block(Part):
    heading: Words | None = None

    def words(self) -> Iterator[str]:
        """Every text of the block, in the order of reading."""
        if self.heading:
            yield self.heading


class Step(Part):
    """One thing to do in a flow. `mark` stands in the place of its number: a time, say."""

    say: Words
    detail: Words | None = None
    icon: Icon | None = None
    mark: Annotated[str, StringConstraints(max_length=5)] | None = None


class Ask(Part):
    """A question in a flow, with what follows a yes and a no; the flow goes on from `goes_on`."""

    ask: Words
    yes: Words
    no: Words
    goes_on: Literal["yes", "no", "both"] = "both"


def _step_or_question(raw: object) -> str:
    return "question" if isinstance(raw, Ask) or (isinstance(raw, dict) and "ask" in raw) else "step"


Stage = Annotated[Annotated[Step, Tag("step")] | Annotated[Ask, Tag("question")], Discriminator(_step_or_question)]


class Steps(_Block):
    """A flow from top to bottom."""

    kind: Literal["steps"]
    steps: Annotated[tuple[Stage, ...], Field(min_length=2)]

    def words(self) -> Iterator[str]:
        """Every text of the block, in the order of reading."""
        yield from super().words()
        for step in self.steps:
            if isinstance(step, Ask):
                yield from (step.ask, "Yes", step.yes, "No", step.no)
            else:
                yield from (words for words in (step.mark, step.say, step.detail) if words)


class Card(Part):
    """One short piece of advice."""

    title: Words
    text: Words | None = None
    icon: Icon


class Cards(_Block):
    """Short pieces of advice beside each other."""

    kind: Literal["cards"]
    columns: Annotated[int, Field(ge=1, le=3)] = 2
    cards: Annotated[tuple[Card, ...], Field(min_length=1)]

    def words(self) -> Iterator[str]:
        """Every text of the block, in the order of reading."""
        yield from super().words()
        for card in self.cards:
            yield from (words for words in (card.title, card.text) if words)


class Checklist(_Block):
    """Things to tick off, or numbered things to have in mind."""

    kind: Literal["checklist"]
    columns: Annotated[int, Field(ge=1, le=2)] = 1
    mark: Literal["box", "number"] = "box"
    icon: Icon | None = None
    items: Annotated[tuple[Words, ...], Field(min_length=2)]

    def words(self) -> Iterator[str]:
        """Every text of the block, in the order of reading."""
        yield from (*super().words(), *self.items)


class Box(Part):
    """A labelled blank area to write in. `wide`: across the sheet; `share`: of the height, beside other boxes."""

    label: Words
    hint: Words | None = None
    icon: Icon | None = None
    wide: bool = False
    share: Annotated[float, Field(gt=0, le=4)] = 1


class Boxes(_Block):
    """Blank areas to write in."""

    kind: Literal["boxes"]
    columns: Annotated[int, Field(ge=1, le=3)] = 2
    ruled: bool = True
    share: Annotated[float, Field(gt=0, le=8)] = 1
    boxes: Annotated[tuple[Box, ...], Field(min_length=1)]

    def words(self) -> Iterator[str]:
        """Every text of the block, in the order of reading."""
        yield from super().words()
        for box in self.boxes:
            yield from (words for words in (box.label, box.hint) if words)


class Timetable(_Block):
    """Rows of a day, each with a square for a picture, a line to write on and a circle to tick."""

    kind: Literal["timetable"]
    columns: tuple[Words, Words, Words, Words]
    rows: Annotated[tuple[Words, ...], Field(min_length=3, max_length=12)]

    def words(self) -> Iterator[str]:
        """Every text of the block, in the order of reading."""
        yield from (*super().words(), *self.columns, *self.rows)


class Quote(_Block):
    """One big sentence; `by` says whose idea it is."""

    kind: Literal["quote"]
    text: Words
    by: Words | None = None

    def words(self) -> Iterator[str]:
        """Every text of the block, in the order of reading."""
        yield from (*super().words(), self.text)
        if self.by:
            yield self.by


class Contact(Part):
    """Whom to call, and a blank to write the number on. `first`: the one that comes before all others."""

    label: Words
    hint: Words | None = None
    icon: Icon = "phone"
    first: bool = False


class Contacts(_Block):
    """Blank lines for telephone numbers."""

    kind: Literal["contacts"]
    blank: Words
    contacts: Annotated[tuple[Contact, ...], Field(min_length=1)]

    def words(self) -> Iterator[str]:
        """Every text of the block, in the order of reading."""
        yield from super().words()
        for contact in self.contacts:
            yield from (words for words in (contact.label, contact.hint, self.blank) if words)


class Swap(Part):
    """A way of saying it, and a kinder one."""

    rather_than: Words
    say: Words


class Swaps(_Block):
    """Words to leave, and words to use."""

    kind: Literal["swaps"]
    rather_than: Words
    say: Words
    swaps: Annotated[tuple[Swap, ...], Field(min_length=2)]

    def words(self) -> Iterator[str]:
        """Every text of the block, in the order of reading."""
        yield from (*super().words(), self.rather_than, self.say)
        for swap in self.swaps:
            yield from (swap.rather_than, swap.say)


class Share(Part):
    """One part of a whole, in per cent, and what it means."""

    percent: Annotated[int, Field(ge=1, le=99)]
    title: Words
    text: Words


class Shares(_Block):
    """Parts of a whole, drawn to scale; `by` says whose model they are."""

    kind: Literal["shares"]
    by: Words
    shares: Annotated[tuple[Share, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _make_a_whole(self) -> Shares:
        if (whole := sum(share.percent for share in self.shares)) != 100:
            raise ValueError(f"the shares should make 100 per cent, and make {whole}")
        return self

    def words(self) -> Iterator[str]:
        """Every text of the block, in the order of reading."""
        yield from super().words()
        for share in self.shares:
            yield from (f"{share.percent}%", share.title, share.text)
        yield self.by


Block = Annotated[
    Steps | Cards | Checklist | Boxes | Timetable | Quote | Contacts | Swaps | Shares, Field(discriminator="kind")
]


class Poster(Reviewed):
    """One poster or blank sheet. `alt` says in a sentence or two what it looks like; `described` is the whole of it."""

    id: Annotated[str, StringConstraints(pattern=r"^poster-[a-z][a-z-]*$")]
    title: Annotated[Words, StringConstraints(max_length=60)]
    subtitle: Words
    theme: Theme
    icon: Icon
    band: Band | None = None
    blocks: Annotated[tuple[Block, ...], Field(min_length=1)]
    note: Words | None = None
    alt: Words

    @property
    def name(self) -> str:
        """What a command calls it."""
        return self.id.removeprefix("poster-")

    @property
    def described(self) -> str:
        """The alt text of its picture, complete: what it looks like, and every word on it."""
        said = (self.alt, *self.words())
        return " ".join(words if words[-1] in ".?!:”" else f"{words}." for words in said)

    def words(self) -> Iterator[str]:
        """Every text of the poster but its small print, in the order of reading."""
        yield self.title
        yield self.subtitle
        for block in self.blocks:
            yield from block.words()
        if self.note:
            yield self.note

    @model_validator(mode="after")
    def _can_be_told(self) -> Poster:
        if (length := len(self.described)) > LONGEST_ALT:
            raise ValueError(f"alt and all words together are {length} characters, more than {LONGEST_ALT}")
        if SHARES_MODEL not in {source.key for source in self.source} and any(
            isinstance(block, Shares) for block in self.blocks
        ):
            raise ValueError(f"a poster with shares should name the source {SHARES_MODEL}")
        return self
