"""Reads content from YAML, and knows the line of every field, so that what is wrong can be found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
import yaml

from bot.prompts.library.items import (
    Debrief,
    HuddleSet,
    NewsletterPart,
    PanelQuestion,
    Recognition,
    Reminder,
    Reviewed,
    Scenario,
    Supervision,
)
from bot.prompts.library.posters import Poster

try:
    from yaml import CBaseLoader as _Loader
except ImportError:  # PyYAML without libyaml: slower, the same answers
    from yaml import BaseLoader as _Loader  # type: ignore[assignment]

Where = tuple[str | int, ...]
"""The way to a field, such as `("choices", 0, "text")`."""

KINDS: Mapping[str, type[Reviewed]] = {
    "reminders": Reminder,
    "scenarios": Scenario,
    "huddles": HuddleSet,
    "supervision": Supervision,
    "debriefs": Debrief,
    "newsletter": NewsletterPart,
    "recognition": Recognition,
    "panel": PanelQuestion,
    "posters": Poster,
}
"""Each kind's folder and model."""
SAFETY = ("banned.yaml", "withdrawn.yaml")
"""Where these can't be read, nobody knows what must not be sent: then nothing is."""
FILES = (*SAFETY, "sources.yaml", "leanings.yaml", "picklists.yaml")

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the content: `item` is an id, a position such as `item 3`, or empty for all of the file."""

    file: str
    item: str
    reason: str
    line: int = 0

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        item = f" {self.item}:" if self.item else ""
        return f"{self.file}{line}:{item} {self.reason}"

    def __lt__(self, other: Fault) -> bool:
        """In the order in which one reads: by file, then by line."""
        return (self.file, self.line) < (other.file, other.line)


class ContentError(Exception):
    """The bot can't work with this content; every fault found is listed."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True)
class Entry:
    """One item as it stands in its file: an element of its list, or all of it."""

    file: str
    id: str
    node: yaml.Node
    position: int = 1

    @property
    def item(self) -> str:
        """What to call it in a fault."""
        return self.id or f"item {self.position}"

    def fault(self, reason: str, where: Where = ()) -> Fault:
        """What is wrong with it, at the line of that field, or of the nearest that is there.

        Pydantic puts the kind of a block into the way to its fields; no file has such a step, and none is shown.
        """
        node, mark, path = self.node, self.node.start_mark, []
        for step, after in zip_longest(where, where[1:]):
            key, inner = _within(node, step)
            if after is not None and not _within(inner, after)[0] and _within(node, after)[0]:
                continue  # the kind of a block that also is the name of a field of it
            if key:
                mark, node = key.start_mark, inner
            if key or after is None:  # the last may be missing, and is then what is wrong
                path.append(str(step + 1) if isinstance(step, int) else step)
        words = f"{'.'.join(path)}: {reason}" if path else reason
        return Fault(self.file, self.item, words, int(mark.line) + 1)


class Shelf:
    """A folder of content: the built-in one, or a trust's own. Keeps every fault rather than stopping at the first."""

    def __init__(self, folder: Path, shown: str, faults: list[Fault]) -> None:
        self.folder = folder
        self._shown = shown
        self._faults = faults

    def items(self, kind: str) -> Iterator[Entry]:
        """Every item of a kind's folder, in order of its files."""
        for path in sorted((self.folder / kind).glob("*.y*ml")):
            yield from self.entries(f"{kind}/{path.name}")

    def entries(self, file: str) -> Iterator[Entry]:
        """The items of a file: those of its list, or the one that it is; none where it is not there."""
        root = self._root(file)
        nodes = root.value if isinstance(root, yaml.SequenceNode) else [root] if root else []
        for position, node in enumerate(nodes, 1):
            yield Entry(self._shown + file, _name(node), node, position)

    def whole(self, file: str) -> Entry | None:
        """A file that is one thing, called by the file's name; None where it is not there."""
        root = self._root(file)
        return Entry(self._shown + file, file.removesuffix(".yaml"), root) if root else None

    def read(
        self,
        entry: Entry,
        model: type[_Model],
        context: Mapping[str, Any] | None = None,
        before: Mapping[str, Any] | None = None,
    ) -> _Model | None:
        """The item of an entry, None where it is at fault; it keeps the fields of `before` that it does not name."""
        try:
            raw = plain(entry.node)
            return model.model_validate({**before, **raw} if before and isinstance(raw, dict) else raw, context=context)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            self._faults.append(Fault(entry.file, entry.item, str(error.problem), mark.line + 1 if mark else 0))
        except ValidationError as error:
            errors = error.errors()
            for one in errors:
                within = (other["loc"] for other in errors if other is not one)
                if one["type"] == "too_short" and any(loc[: len(one["loc"])] == one["loc"] for loc in within):
                    continue  # too short only because what it holds is at fault
                said = one["msg"].removeprefix("Value error, ")
                form = _PLAINLY.get(one["type"])
                self._faults.append(entry.fault(form.format(**one.get("ctx", {})) if form else said, one["loc"]))
        return None

    def phrases(self, entry: Entry, name: str) -> Iterator[tuple[int, str]]:
        """What can be read of a list of phrases, each with its number from 0."""
        _, node = _within(entry.node, name)
        for number, one in enumerate(node.value if isinstance(node, yaml.SequenceNode) else ()):
            if isinstance(one.value, str) and re.search(r"\w", one.value):
                yield number, one.value

    def text(self) -> str:
        """The files of items as they are written, one after the other."""
        files = (path for kind in KINDS for path in (self.folder / kind).glob("*.y*ml"))
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)

    def strangers(self) -> Iterator[Fault]:
        """What lies in the folder and is never read: a misspelt name would otherwise go unnoticed."""
        for path in sorted(self.folder.iterdir()):
            if path.name.startswith(".") or path.suffix == ".md":
                continue
            if path.is_dir() and path.name in KINDS:
                yield from self._strangers_of(path)
            elif path.name not in FILES:
                yield Fault(self._shown + path.name, "", f"is not read; known are {', '.join((*KINDS, *FILES))}")

    def _strangers_of(self, folder: Path) -> Iterator[Fault]:
        for path in sorted(folder.iterdir()):
            if not path.name.startswith(".") and path.suffix not in (".yaml", ".yml", ".md"):
                yield Fault(f"{self._shown}{folder.name}/{path.name}", "", "is not read: its name should end in .yaml")

    def _root(self, file: str) -> yaml.Node | None:
        path = self.folder / file
        if not path.exists():
            return None
        line, reason = 0, "is empty"
        try:
            with path.open("rb") as stream:
                root = yaml.compose(stream, _Loader)
            if root or file in SAFETY:  # of which nothing is often all there is
                return root
        except OSError as error:
            reason = f"can't be read: {error.strerror}"
        except RecursionError:
            reason = "is not YAML: it is nested too deeply"
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 0
            reason = f"is not YAML: {getattr(error, 'problem', None) or error}"
        self._faults.append(Fault(self._shown + file, "", reason, line))
        if file in SAFETY:
            raise ContentError(self._faults)
        return None


def _within(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node]:
    """The field of that name or number, with the node that names it: None, and the node itself, where there is none."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), (None, node))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        return next(((value, value) for value in node.value[step : step + 1]), (None, node))
    return None, node


def plain(node: yaml.Node) -> Any:
    """A node as text, lists and dicts: `yes`, `14:00` and dates arrive as written, for pydantic to judge.

    A name given twice is refused (YAML would keep the last and lose the first in silence), and so are references: they
    can be without end.
    """
    return _plain(node, set())


def _plain(node: yaml.Node, seen: set[int]) -> Any:
    if id(node) in seen:
        raise _refused("references (* and &) are not read here", node)
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, seen) for one in node.value]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key.value, str):
            raise _refused("the name of a field should be plain text", key)
        if key.value in found:
            raise _refused(f"“{key.value}” is there twice", key)
        found[key.value] = _plain(value, seen)
    return found


def _refused(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _name(node: yaml.Node) -> str:
    """What an item calls itself: its id, or its key."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    named = (value.value for key, value in pairs if key.value in ("id", "key"))
    return next((name for name in named if isinstance(name, str)), "")


_PLAINLY = {
    "missing": "is missing",
    "extra_forbidden": "is not a field here",
    "unexpected_keyword_argument": "is not a field here",
    "string_type": "should be text",
    "string_too_short": "is empty",
    "model_type": "should be fields and their values",
    "mapping_type": "should be fields and their values",
    "tuple_type": "should be a list",
    "dataclass_type": "should be a value and a label",
    "literal_error": "should be {expected}",
    "union_tag_invalid": "its kind should be one of {expected_tags}",
    "union_tag_not_found": "should have a kind",
    "too_short": "should hold at least {min_length}",
    "too_long": "should hold at most {max_length}",
    "string_too_long": "should be at most {max_length} characters",
    "string_pattern_mismatch": "should look like {pattern}",
}
