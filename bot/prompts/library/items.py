"""What the library holds: a model for each kind of item, with its shape. What the words must keep is in `rules`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
import re
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot.chat.message import Option

Band = Literal["prevention", "de_escalation", "intervention"]
Setting = Literal["mental_health", "dementia", "learning_disability", "acute"]
Role = Literal["nurse", "support_worker", "nurse_in_charge", "bank", "allied"]
Shift = Literal["day", "night"]
Season = Literal["spring", "summer", "autumn", "winter"]
SourceKind = Literal[
    "guideline",
    "standard",
    "law",
    "statutory_guidance",
    "programme",
    "research",
    "training_model",
    "practice_guide",
]

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

LONGEST_UNREVIEWED = timedelta(days=3 * 365 + 1)
MOST_OPTIONS = 10  # a Slack radio or checkbox group takes no more
LONGEST_LABEL = 75  # nor a longer option label
MOST_QUESTIONS = 11
"""Five minutes together, at some 27 seconds a question: our own reckoning, to be held against what wards take."""


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
    if not 1 <= len(option.label) <= LONGEST_LABEL:
        raise ValueError(f"the label of {option.value} should be 1 to {LONGEST_LABEL} characters")
    return option


def _has_a_word(phrase: str) -> str:
    if not re.search(r"\w", phrase):
        raise ValueError(f"“{phrase}” should hold a word")
    return phrase


def _distinct(options: tuple[Option, ...]) -> tuple[Option, ...]:
    values = [option.value for option in options]
    if doubled := {value for value in values if values.count(value) > 1}:
        raise ValueError(f"these values are there twice: {', '.join(sorted(doubled))}")
    return options


def _clock(text: object) -> object:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(text)):
        raise ValueError("should be a time such as 05:00")
    return text


def _by_key(key: object, info: ValidationInfo) -> object:
    """The source that a key of sources.yaml stands for."""
    if isinstance(key, Source):
        return key
    known: Mapping[object, Source] = (info.context or {}).get("sources", {})
    if not isinstance(key, str) or key not in known:
        raise ValueError(f"“{key}” is no key of sources.yaml")
    return known[key]


def _at_least_one(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    if not sources:
        raise ValueError("should name at least one source")
    return sources


_NOT_EMPTY = StringConstraints(strip_whitespace=True, min_length=1)
Words = Annotated[str, _NOT_EMPTY]
Phrase = Annotated[Words, AfterValidator(_has_a_word)]
Short = Annotated[Words, StringConstraints(max_length=LONGEST_LABEL)]
Title = Annotated[Words, StringConstraints(max_length=24)]  # Slack's limit of a form's title
Topic = Annotated[str, AfterValidator(_known_topic)]
Clock = Annotated[time, BeforeValidator(_clock)]
Options = Annotated[
    tuple[Annotated[Option, AfterValidator(_usable)], ...],
    Field(min_length=1, max_length=MOST_OPTIONS),
    AfterValidator(_distinct),
]
LongOptions = Annotated[  # of a field where some may be chosen, which Slack then draws as a menu
    tuple[Annotated[Option, AfterValidator(_usable)], ...],
    Field(min_length=1, max_length=20),
    AfterValidator(_distinct),
]
Settings = Annotated[tuple[Setting, ...], Field(min_length=1)]


class Part(BaseModel):
    """What every part of the library is: frozen, with no field that is not foreseen."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Part):
    """A publication or programme that items rest on; staff see its name."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    name: Words
    kind: SourceKind
    where: Words


Sources = Annotated[tuple[Annotated[Source, BeforeValidator(_by_key)], ...], AfterValidator(_at_least_one)]


def names_of(sources: Sources) -> str:
    """Sources as staff see them."""
    return "; ".join(source.name for source in sources)


class Withdrawal(Part):
    """An item that must not be sent any more, since when, and why."""

    id: Words
    on: date
    why: Words


class Banned(Part):
    """Phrases that no text may hold: see content/banned.yaml."""

    labels: tuple[Phrase, ...] = ()
    holds: tuple[Phrase, ...] = ()


class Reviewed(Part):
    """What every item of content says about where it comes from."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    source: Sources
    written_on: date
    review_by: date
    reviewers: tuple[Words, ...] = ()
    version: PositiveInt

    def id_form(self) -> str:
        """How its id should look, N for a digit; empty: as it likes."""
        return ""

    @model_validator(mode="after")
    def _keeps_its_form(self) -> Reviewed:
        if (form := self.id_form()) and not re.fullmatch(form.replace("N", r"\d"), self.id):
            raise ValueError(f"the id should be {form}")
        if not timedelta() < self.review_by - self.written_on <= LONGEST_UNREVIEWED:
            years = LONGEST_UNREVIEWED // timedelta(days=365)
            raise ValueError(f"review_by should be after written_on, and within {years} years of it")
        return self

    def expired(self, on: date) -> bool:
        """Whether its review is overdue on that day: it is then not sent, though it still loads."""
        return on > self.review_by

    @property
    def source_names(self) -> str:
        """What it rests on, as staff see it."""
        return names_of(self.source)


class Reminder(Reviewed):
    """One idea to try this shift, and why. No roles, shifts or seasons: for all of them."""

    band: Band
    topic: Topic
    settings: Settings
    roles: tuple[Role, ...] = ()
    shifts: tuple[Shift, ...] = ()
    seasons: tuple[Season, ...] = ()
    text: Annotated[Words, _words_between(25, 60)]
    more: Annotated[Words, _words_between(20, 80)]

    def id_form(self) -> str:
        return f"{self.topic}-NNN"

    @model_validator(mode="after")
    def _stands_in_its_band(self) -> Reminder:
        if self.band != TOPICS[self.topic]:
            raise ValueError(f"the topic {self.topic} belongs to the band {TOPICS[self.topic]}")
        return self


class Choice(Part):
    """One thing to do in a scenario, what may follow, and what that rests on."""

    text: Short
    safe: bool
    feedback: Annotated[Words, _words_between(15, 45)]
    source: Sources

    @property
    def source_names(self) -> str:
        """What its feedback rests on, as staff see it."""
        return names_of(self.source)


class Scenario(Reviewed):
    """A fictional scene, with ways to go on."""

    topic: Topic
    settings: Settings
    scene: Annotated[Words, _words_between(40, 70)]
    choices: Annotated[tuple[Choice, ...], Field(min_length=3, max_length=4)]

    def id_form(self) -> str:
        return f"scene-{self.topic}-NNN"

    @model_validator(mode="after")
    def _has_a_safe_choice(self) -> Scenario:
        if not any(choice.safe for choice in self.choices):
            raise ValueError("at least one choice should be safe")
        return self


class Question(Part):
    """One pick list of a huddle; `short` is its label in the posted summary."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    ask: Literal["one_of", "some_of"]
    label: Words
    short: Short
    required: bool
    options: Options


class HuddleSet(Reviewed):
    """The questions of one huddle. Prompts within `between` ask it: half open, and it may pass midnight."""

    title: Title
    between: tuple[Clock, Clock]
    intro: Words
    questions: tuple[Question, ...]
    variants: Mapping[Setting, tuple[Question, ...]] = {}

    @field_validator("questions")
    @classmethod
    def _asks_what_every_huddle_asks(cls, questions: tuple[Question, ...]) -> tuple[Question, ...]:
        names = [question.name for question in questions]
        if missing := [name for name in ("action", "owner", "worried") if name not in names]:
            raise ValueError(f"should ask for: {', '.join(missing)}")
        return questions

    @model_validator(mode="after")
    def _fits_five_minutes(self) -> HuddleSet:
        for setting in ("", *self.variants):
            asked = self.questions_for(setting)
            where = f"for {setting}, " if setting else ""
            if len({question.name for question in asked}) < len(asked):
                raise ValueError(f"{where}two questions have the same name")
            if len(asked) > MOST_QUESTIONS:
                raise ValueError(
                    f"{where}asks {len(asked)} questions: more than {MOST_QUESTIONS} take over five minutes"
                )
        return self

    def questions_for(self, setting: str) -> tuple[Question, ...]:
        """What a ward of that setting is asked, in order: its own questions come before the action is decided."""
        own = next((questions for name, questions in self.variants.items() if name == setting), ())
        decide = next(place for place, question in enumerate(self.questions) if question.name == "action")
        return (*self.questions[:decide], *own, *self.questions[decide:])

    def covers(self, local_time: time) -> bool:
        """Whether a prompt at that time of day asks this set."""
        start, end = self.between
        now = local_time.replace(tzinfo=None)
        return start <= now < end if start < end else now >= start or now < end

    def since_start(self, local_time: time) -> int:
        """How many minutes before that time of day its hours began."""
        start = self.between[0]
        return ((local_time.hour - start.hour) * 60 + local_time.minute - start.minute) % (24 * 60)


class Supervision(Reviewed):
    """Something for a supervision session to think about, and questions to ask."""

    title: Short
    text: Annotated[Words, _words_between(25, 60)]
    ask: Annotated[tuple[Short, ...], Field(min_length=2, max_length=3)]

    def id_form(self) -> str:
        return "supervision-NNN"


class Debrief(Reviewed):
    """Questions to talk through after an event: how people are comes first."""

    event: Literal[
        "restraint",
        "rapid_tranquillisation",
        "seclusion",
        "self_harm",
        "assault",
        "absence",
        "bereavement",
        "near_miss",
        "environment",
        "success",
    ]
    title: Title
    wellbeing: Annotated[Words, _words_between(10, 40)]
    questions: Annotated[tuple[Annotated[Words, _words_between(5, 25)], ...], Field(min_length=4, max_length=5)]
    close: Annotated[Words, _words_between(15, 60)]

    def id_form(self) -> str:
        return f"debrief-{self.event.replace('_', '-')}-NNN"


class NewsletterPart(Reviewed):
    """A paragraph for the newsletter of a month."""

    month: Annotated[int, Field(ge=1, le=12)]
    kind: Literal["opening", "idea", "thanks"]
    title: Short
    text: Annotated[Words, _words_between(40, 70)]

    def id_form(self) -> str:
        return f"newsletter-{self.month:02}-N"


class Recognition(Reviewed):
    """A thank-you to a team, for something it did."""

    occasion: Annotated[
        Literal[
            "huddle_held",
            "action_closed",
            "near_miss_reported",
            "success_shared",
            "support_sheets",
            "calm_shift",
            "debrief_held",
            "new_colleague_welcomed",
        ],
        Field(alias="for"),
    ]
    text: Annotated[Words, _words_between(15, 40)]

    def id_form(self) -> str:
        return "recognition-NNN"


class PanelQuestion(Reviewed):
    """A question to the panel of experts by experience."""

    about: Literal["words", "dignity", "sensory", "families", "rights", "trust", "after_force", "content_item"]
    text: Annotated[Words, _words_between(15, 40)]

    def id_form(self) -> str:
        return "panel-NNN"


class PickLists(Part):
    """The pick lists of the report forms."""

    shift_band: Annotated[Options, Field(max_length=4)]
    area: Annotated[Options, Field(max_length=8)]
    building: Options
    helped: Options
    level: Options
    recorded: Options
    used: LongOptions
    duration: Options
    debrief: Options
    skip_reason: Annotated[Options, Field(max_length=5)]

    @field_validator("skip_reason")
    @classmethod
    def _fits_a_button(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        if long := [option.value for option in options if len(option.label) > 30]:
            raise ValueError(f"these labels are over 30 characters, too long for a button: {', '.join(long)}")
        return options
