"""The content library: reminders, scenarios, huddle sets and pick lists, read from YAML and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
import yaml

from bot.chat.message import Option

try:
    from yaml import CBaseLoader as _BaseLoader
except ImportError:  # PyYAML without libyaml: slower, the same answers
    from yaml import BaseLoader as _BaseLoader  # type: ignore[assignment]

Band = Literal["prevention", "de_escalation", "intervention"]
Setting = Literal["mental_health", "dementia", "learning_disability", "acute"]
Settings = Annotated[tuple[Setting, ...], Field(min_length=1)]

TOPICS: Mapping[str, Band] = {
    "relationship": "prevention",
    "environment": "prevention",
    "sensory": "prevention",
    "predictability": "prevention",
    "early-signs": "prevention",
    "flashpoints": "prevention",
    "bad-news": "prevention",
    "basic-needs": "prevention",
    "support-sheets": "prevention",
    "activity": "prevention",
    "communication": "prevention",
    "handover": "prevention",
    "rights": "prevention",
    "self-regulation": "de_escalation",
    "posture-and-space": "de_escalation",
    "one-voice": "de_escalation",
    "listening": "de_escalation",
    "concise": "de_escalation",
    "validation": "de_escalation",
    "choices": "de_escalation",
    "distraction": "de_escalation",
    "fair-limits": "de_escalation",
    "when-not-to-intervene": "intervention",
    "call-help": "intervention",
    "last-resort": "intervention",
    "certified-training": "intervention",
    "recording": "intervention",
    "reassurance": "intervention",
    "debrief": "intervention",
}

MOST_OPTIONS = 10  # a Slack radio or checkbox group takes no more
LONGEST_LABEL = 75  # nor a longer option label
NOT_TRAINING = "certified training"

# Words that blame the person or claim more than the evidence bears. Kept short: a reviewer reads the rest.
_UNFIT = re.compile(
    r"\b(proven|challenging behaviours?|kick(s|ed|ing) off|attention[- ]seek\w*|non-?complian\w*|refusers?"
    r"|frequent flyers?|manipulative|aggressive (patient|person)s?)\b",
    re.IGNORECASE,
)


def _fit(words: str) -> str:
    if found := _UNFIT.search(words):
        raise ValueError(f"should not say “{found[0]}”")
    return words


def _words_between(fewest: int, most: int) -> AfterValidator:
    def check(words: str) -> str:
        if not fewest <= (count := len(words.split())) <= most:
            raise ValueError(f"should be {fewest} to {most} words, and is {count}")
        return words

    return AfterValidator(check)


def _known_topic(topic: str) -> str:
    if topic not in TOPICS:
        raise ValueError(f"“{topic}” is not one of {', '.join(TOPICS)}")
    return topic


def _usable(option: Option) -> Option:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", option.value):
        raise ValueError(f"the value “{option.value}” should be in snake_case")
    if not 1 <= len(_fit(option.label)) <= LONGEST_LABEL:
        raise ValueError(f"the label of {option.value} should be 1 to {LONGEST_LABEL} characters")
    return option


def _distinct(options: tuple[Option, ...]) -> tuple[Option, ...]:
    values = [option.value for option in options]
    if doubled := {value for value in values if values.count(value) > 1}:
        raise ValueError(f"these values are there twice: {', '.join(sorted(doubled))}")
    return options


def _clock(text: object) -> object:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(text)):
        raise ValueError("should be a time such as 05:00")
    return text


_NOT_EMPTY = StringConstraints(strip_whitespace=True, min_length=1)
Words = Annotated[str, _NOT_EMPTY, AfterValidator(_fit)]
Short = Annotated[str, _NOT_EMPTY, StringConstraints(max_length=LONGEST_LABEL), AfterValidator(_fit)]
Title = Annotated[str, _NOT_EMPTY, StringConstraints(max_length=24), AfterValidator(_fit)]  # Slack's limit
Topic = Annotated[str, AfterValidator(_known_topic)]
Clock = Annotated[time, BeforeValidator(_clock)]
Options = Annotated[
    tuple[Annotated[Option, AfterValidator(_usable)], ...],
    Field(min_length=1, max_length=MOST_OPTIONS),
    AfterValidator(_distinct),
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Reviewed(_Part):
    """What every item of content says about where it comes from."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    source: Words
    written_on: date
    review_by: date
    reviewers: tuple[Words, ...] = ()
    version: PositiveInt

    def expired(self, on: date) -> bool:
        """Whether its review is overdue on that day: it is then not shown, though it still loads."""
        return on > self.review_by


class Reminder(_Reviewed):
    """One idea to try this shift, and why."""

    band: Band
    topic: Topic
    settings: Settings
    text: Annotated[Words, _words_between(25, 60)]
    more: Annotated[Words, _words_between(20, 80)]

    @model_validator(mode="after")
    def _keeps_the_rules_of_its_band(self) -> Reminder:
        if not re.fullmatch(rf"{self.topic}-\d{{3}}", self.id):
            raise ValueError(f"the id should be {self.topic}-NNN")
        if self.band != TOPICS[self.topic]:
            raise ValueError(f"the topic {self.topic} belongs to the band {TOPICS[self.topic]}")
        if self.band == "intervention" and NOT_TRAINING not in f"{self.text} {self.more}".lower():
            raise ValueError(f"an intervention item should say that it does not replace “{NOT_TRAINING}”")
        return self


class Choice(_Part):
    """One thing to do in a scene, and what may follow from it."""

    text: Short
    feedback: Words
    safe: bool


class Scenario(_Reviewed):
    """A made-up scene to think through."""

    topic: Topic
    settings: Settings
    scene: Annotated[Words, _words_between(40, 70)]
    choices: Annotated[tuple[Choice, ...], Field(min_length=3, max_length=4)]

    @model_validator(mode="after")
    def _has_a_safe_choice(self) -> Scenario:
        if not re.fullmatch(rf"scene-{self.topic}-\d{{3}}", self.id):
            raise ValueError(f"the id should be scene-{self.topic}-NNN")
        if not any(choice.safe for choice in self.choices):
            raise ValueError("at least one choice should be safe")
        return self


class Question(_Part):
    """One pick list of a huddle; `short` is its label in the posted summary."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    ask: Literal["one_of", "some_of"]
    label: Words
    short: Short
    required: bool
    options: Options


class HuddleSet(_Reviewed):
    """The questions of one huddle. Prompts within `between` ask it: half open, and it may pass midnight."""

    title: Title
    between: tuple[Clock, Clock]
    intro: Words
    questions: tuple[Question, ...]

    @field_validator("questions")
    @classmethod
    def _asks_what_every_huddle_asks(cls, questions: tuple[Question, ...]) -> tuple[Question, ...]:
        names = [question.name for question in questions]
        if len(set(names)) < len(names):
            raise ValueError("two questions have the same name")
        if missing := [name for name in ("action", "owner", "worried") if name not in names]:
            raise ValueError(f"should ask for: {', '.join(missing)}")
        return questions

    def covers(self, local_time: time) -> bool:
        """Whether a prompt at that time of day asks this set."""
        start, end = self.between
        now = local_time.replace(tzinfo=None)
        return start <= now < end if start < end else now >= start or now < end


class PickLists(_Part):
    """The pick lists of the report forms."""

    shift_band: Annotated[Options, Field(max_length=4)]
    area: Annotated[Options, Field(max_length=8)]
    building: Options
    helped: Options
    level: Options
    recorded: Options
    skip_reason: Annotated[Options, Field(max_length=5)]

    @field_validator("skip_reason")
    @classmethod
    def _fits_a_button(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        if long := [option.value for option in options if len(option.label) > 30]:
            raise ValueError(f"these labels are over 30 characters, too long for a button: {', '.join(long)}")
        return options


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the content: `item` is an id, a position such as `item 3`, or a line."""

    file: str
    item: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.item}: {self.reason}"


class ContentError(Exception):
    """The content can't be used; every fault found is listed."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True)
class Library:
    """All content, checked. Reminders and scenarios are by id; huddle sets in the order of the day."""

    reminders: Mapping[str, Reminder]
    scenarios: Mapping[str, Scenario]
    huddle_sets: tuple[HuddleSet, ...]
    pick_lists: PickLists

    @classmethod
    def load(cls, folder: Path) -> Library:
        """The library in that folder; raises ContentError with every fault in it."""
        reader = _Reader(folder)
        reminders = reader.items("reminders", Reminder)
        scenarios = reader.items("scenarios", Scenario)
        huddle_sets = tuple(sorted(reader.items("huddles", HuddleSet).values(), key=lambda one: one.between))
        pick_lists = reader.pick_lists()
        # Rules between files say little while a file itself is at fault.
        if not reader.faults:
            reader.faults.extend(_across(huddle_sets, pick_lists))
        if reader.faults or pick_lists is None:
            raise ContentError(reader.faults)
        return cls(reminders, scenarios, huddle_sets, pick_lists)

    def reminders_for(self, setting: str, on: date) -> tuple[Reminder, ...]:
        """The reminders that fit a ward of that setting and are in review on that day, in order of id."""
        fitting = (one for one in self.reminders.values() if setting in one.settings and not one.expired(on))
        return tuple(sorted(fitting, key=lambda one: one.id))

    def scenarios_for(self, setting: str, on: date) -> tuple[Scenario, ...]:
        """The scenarios that fit a ward of that setting and are in review on that day, in order of id."""
        fitting = (one for one in self.scenarios.values() if setting in one.settings and not one.expired(on))
        return tuple(sorted(fitting, key=lambda one: one.id))

    def huddle_set_at(self, local_time: time) -> HuddleSet:
        """The huddle set of a prompt at that local time of day."""
        return next(one for one in self.huddle_sets if one.covers(local_time))

    def label(self, list_name: str, value: str) -> str:
        """What to show for a stored value of a pick list or a huddle question.

        Stored answers outlive the lists: a value no longer offered is shown as plain words.
        """
        for name, option in _options(self.huddle_sets, self.pick_lists):
            if (name, option.value) == (list_name, value):
                return option.label
        return value.replace("_", " ").capitalize()

    def check_counts(self) -> dict[str, int]:
        """How many items of each kind there are."""
        return {
            "reminders": len(self.reminders),
            "scenarios": len(self.scenarios),
            "huddle_sets": len(self.huddle_sets),
            "pick_lists": len(PickLists.model_fields),
        }


class _Loader(_BaseLoader):
    """Reads every scalar as text: `yes`, `14:00` and dates arrive as written, for pydantic to judge.

    A key given twice is refused: YAML would keep the last and lose an item in silence.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if (name := str(key.value)) in seen:
                problem = f"“{name}” is there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


_Model = TypeVar("_Model", bound=_Part)
_Item = TypeVar("_Item", bound=_Reviewed)


class _Reader:
    """Reads the files of a folder, and keeps every fault rather than stopping at the first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []

    def items(self, kind: str, model: type[_Item]) -> dict[str, _Item]:
        found: dict[str, _Item] = {}
        home: dict[str, str] = {}
        files = sorted((self.folder / kind).glob("*.y*ml"))
        if not files:
            self.faults.append(Fault(f"{kind}/", "folder", "holds no .yaml file"))
        for path in files:
            file = f"{kind}/{path.name}"
            raw = self._yaml(path, file)
            for position, one in enumerate(raw if isinstance(raw, list) else [] if raw is None else [raw], 1):
                name = one.get("id") if isinstance(one, dict) else None
                label = name if isinstance(name, str) and name else f"item {position}"
                if label in home:
                    self.faults.append(Fault(file, label, f"the id is taken in {home[label]}"))
                elif item := self._checked(model, one, file, label):
                    found[item.id] = item
                if label == name:
                    home.setdefault(label, file)
        return found

    def pick_lists(self) -> PickLists | None:
        file = "picklists.yaml"
        raw = self._yaml(self.folder / file, file)
        return None if raw is None else self._checked(PickLists, raw, file, "pick lists")

    def _yaml(self, path: Path, file: str) -> object | None:
        """What the file holds, as text, lists and dicts; None where that can't be read, or is nothing."""
        item, reason = "file", "is empty"
        try:
            with path.open("rb") as stream:
                if raw := yaml.load(stream, _Loader):
                    return raw  # type: ignore[no-any-return]
        except OSError as error:
            reason = f"can't be read: {error.strerror}"
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            item = f"line {mark.line + 1}" if mark else "file"
            reason = f"is not YAML: {getattr(error, 'problem', None) or error}"
        self.faults.append(Fault(file, item, reason))
        return None

    def _checked(self, model: type[_Model], raw: object, file: str, item: str) -> _Model | None:
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            for one in error.errors():
                where = ".".join(str(step + 1) if isinstance(step, int) else step for step in one["loc"])
                said = one["msg"].removeprefix("Value error, ")
                plain = _PLAINLY.get(one["type"])
                reason = plain.format(**one.get("ctx", {})) if plain else said
                self.faults.append(Fault(file, item, f"{where}: {reason}" if where else reason))
            return None


_PLAINLY = {
    "missing": "is missing",
    "extra_forbidden": "is not a field here",
    "unexpected_keyword_argument": "is not a field here",
    "string_type": "should be text",
    "string_too_short": "is empty",
    "model_type": "should be fields and their values",
    "tuple_type": "should be a list",
    "dataclass_type": "should be a value and a label",
    "literal_error": "should be {expected}",
    "too_short": "should hold at least {min_length}",
    "too_long": "should hold at most {max_length}",
    "string_too_long": "should be at most {max_length} characters",
    "string_pattern_mismatch": "should look like {pattern}",
}


def _options(sets: tuple[HuddleSet, ...], pick_lists: PickLists | None) -> Iterator[tuple[str, Option]]:
    """Every option with the name of its list or question."""
    for huddle_set in sets:
        for question in huddle_set.questions:
            yield from ((question.name, option) for option in question.options)
    for name, options in pick_lists or ():
        yield from ((name, option) for option in options)


def _across(huddle_sets: tuple[HuddleSet, ...], pick_lists: PickLists | None) -> Iterator[Fault]:
    """Faults that show only between files."""
    every_minute = [time(minute // 60, minute % 60) for minute in range(24 * 60)]
    seen: set[tuple[str, ...]] = set()
    for minute in every_minute:
        ids = tuple(one.id for one in huddle_sets if one.covers(minute))
        if len(ids) != 1 and ids not in seen:
            seen.add(ids)
            asked = f"both cover {minute:%H:%M}" if ids else f"no huddle set covers {minute:%H:%M}"
            yield Fault("huddles/", ", ".join(ids) or "between", asked)

    # One label for a value: trends add up answers over huddles, and show them under one name.
    labels: dict[tuple[str, str], str] = {}
    for name, option in _options(huddle_sets, pick_lists):
        if labels.setdefault((name, option.value), option.label) != option.label:
            yield Fault("huddles/", f"{name}.{option.value}", f"has two labels, also “{option.label}”")

    # Triggers are compared over time: a huddle that offered fewer would look calmer than it was.
    for name in ("environment", "relational"):
        offered = {
            frozenset(option.value for option in question.options): huddle_set.id
            for huddle_set in huddle_sets
            for question in huddle_set.questions
            if question.name == name
        }
        if len(offered) > 1:
            yield Fault("huddles/", name, f"its options differ between {' and '.join(offered.values())}")
