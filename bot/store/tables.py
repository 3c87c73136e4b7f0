"""The tables. Times of day are ward-local `HH:MM`; instants are UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
import secrets
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, Column, DateTime, Dialect, ForeignKey, Index, TypeDecorator, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.chat.front import Destination
from bot.store.shifts import Shift

WORKFLOW = "workflow"
"""The front of channels that only a Power Automate workflow posts to."""
EXTRA = "extra "
"""Before the slot of a prompt that somebody asked for beside the plan."""


IN_KEY_ORDER = {"sqlite_with_rowid": False}
"""For tables whose rows must not tell in which order they came: SQLite would number them in silence."""


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as naive UTC so that SQLite and PostgreSQL read alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


def _json(nullable: bool = False) -> Any:
    return Field(sa_column=Column(JSON(none_as_null=True), nullable=nullable))


def _list() -> Any:
    """A JSON list that is empty until something is in it."""
    return Field(default_factory=list, sa_column=Column(JSON(none_as_null=True), nullable=False))


def _instant(nullable: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Instant(), nullable=nullable, index=index))


def _ward() -> Any:
    return Field(sa_column=Column(ForeignKey("ward.id"), nullable=False, index=True))


def new_report_key() -> str:
    """An address for a report page that nobody can guess: 192 random bits."""
    return secrets.token_urlsafe(24)


class Ward(SQLModel, table=True):
    """A ward, where it talks, and when.

    `shifts` and times are as `bot.store.shifts` writes them. `managers` and `leaders` are people's ids on its front and
    workspace. `nudge_after`: minutes until a huddle that nobody answered is brought to mind, 0 for never. `most_posts`:
    what the bot may post here in a day of its own accord, None for all. `questions_off` and `own_questions` change what
    its huddles ask. Whoever has its `report_key` may send it reports,
    and read none.
    """

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    specialty: str
    front: str
    place: dict[str, str] = _json()
    place_key: str = Field(unique=True)
    leaders_front: str | None = None
    leaders_place: dict[str, str] | None = _json(nullable=True)
    workflow: str | None = None
    timezone: str
    nation: str
    shifts: list[str] = _list()
    huddle_times: list[str] = _json()
    reminder_times: list[str] = _json()
    digest_day: int
    digest_time: str
    managers: list[str] = _json()
    leaders: list[str] = _list()
    nudge_after: int = 45
    most_posts: int | None = None
    questions_off: list[str] = _list()
    own_questions: list[dict[str, Any]] = _list()
    sample: bool = False
    paused_reason: str | None = None
    report_key: str = Field(default_factory=new_report_key, unique=True, index=True)

    @property
    def key(self) -> int:
        """The id of a ward that has been stored."""
        assert self.id is not None
        return self.id

    @property
    def channel(self) -> Destination:
        """Where the ward's own prompts go."""
        return Destination(self.front, self.place)

    @property
    def shift_pattern(self) -> tuple[Shift, ...]:
        """The ward's shifts."""
        return tuple(map(Shift.read, self.shifts))

    @property
    def report_path(self) -> str:
        """Where its report page is, below PUBLIC_URL."""
        return f"/report/{self.report_key}"

    @property
    def leaders_channel(self) -> Destination | None:
        """Where the ward's leaders read the digest across wards, if anywhere."""
        return (
            Destination(self.leaders_front, self.leaders_place) if self.leaders_front and self.leaders_place else None
        )

    @leaders_channel.setter
    def leaders_channel(self, at: Destination | None) -> None:
        self.leaders_front, self.leaders_place = (at.front, dict(at.address)) if at else (None, None)

    @property
    def one_way_channel(self) -> Destination | None:
        """Where the ward's reminders and digests go too, though nobody can answer there."""
        return Destination(WORKFLOW, {"name": self.workflow}) if self.workflow else None


class Schedule(SQLModel, table=True):
    """A prompt that comes again: the planner's `next_due_at` moves on as each occurrence is written.

    `days` are those of the week on which it comes, as digits from 0 for Monday; it belongs to the date `days_before`.
    """

    __table_args__ = (UniqueConstraint("ward_id", "kind", "slot", "days"),)

    id: int | None = Field(default=None, primary_key=True)
    ward_id: int = _ward()
    kind: str
    slot: str
    days: str
    days_before: int = 0
    next_due_at: datetime = _instant(index=True)


class Occurrence(SQLModel, table=True):
    """One prompt due once for one ward: the ledger.

    `state`: due -> claimed -> sent, or expired (too late to be useful), unclear (nobody knows whether it
    arrived), refused (the platform will not take it), dropped (not wanted any more, or one too many for the day).
    `problem` says why.
    """

    __table_args__ = (UniqueConstraint("ward_id", "kind", "local_date", "slot"),)

    id: int | None = Field(default=None, primary_key=True)
    ward_id: int = _ward()
    kind: str
    local_date: date
    slot: str
    due_at: datetime = _instant(index=True)
    expires_at: datetime = _instant()
    state: str = Field(default="due", index=True)
    not_before: datetime = _instant()
    lease_until: datetime | None = _instant(nullable=True)
    attempts: int = 0
    item: str | None = None
    token: str = Field(default_factory=lambda: uuid4().hex)
    sent_at: datetime | None = _instant(nullable=True)
    posted: dict[str, str] | None = _json(nullable=True)
    problem: str | None = None

    @property
    def key(self) -> int:
        """The id of an occurrence that has been stored."""
        assert self.id is not None
        return self.id

    @property
    def post_key(self) -> str:
        """What travels with the post, so that a front can tell whether it arrived; it tells nothing of the order."""
        return f"occurrence-{self.token}"


class Held(SQLModel, table=True):
    """A prompt that follows an anonymous report, at a random or later time, when it goes into the ledger.

    The ledger numbers what it holds: from there one could tell when the report was sent. `slot` is random. `expires_at`
    is the end of a day and tells no hour; None where it lasts as long as its kind does.
    """

    __table_args__ = IN_KEY_ORDER

    kind: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    ward_id: int = _ward()
    item: str | None = None
    due_at: datetime = _instant(index=True)
    expires_at: datetime | None = _instant(nullable=True)


class Huddle(SQLModel, table=True):
    """What a ward said at one huddle, or why it skipped it. Ward-level answers only; `version` counts its changes."""

    id: int | None = Field(default=None, primary_key=True)
    ward_id: int = _ward()
    occurrence_id: int = Field(sa_column=Column(ForeignKey("occurrence.id"), nullable=False, unique=True))
    local_date: date = Field(index=True)
    huddle_set: str
    skip_reason: str | None = None
    answers: dict[str, Any] = _json()
    version: int = 1


class Action(SQLModel, table=True):
    """What a huddle decided to do; its owner is a role, never a name. `outcome`: done, or dropped for a `reason`.

    Of one that is done `reason` is who did it, where they chose to say so.
    """

    id: int | None = Field(default=None, primary_key=True)
    ward_id: int = _ward()
    huddle_id: int = Field(sa_column=Column(ForeignKey("huddle.id"), nullable=False, index=True))
    text: str
    owner_role: str
    opened_on: date
    closed_on: date | None = None
    outcome: str | None = None
    reason: str | None = None


class WardCheck(SQLModel, table=True):
    """What a ward counted of itself on a day, such as the support sheets that are up to date: `done` of `total`."""

    ward_id: int = Field(sa_column=Column(ForeignKey("ward.id"), primary_key=True))
    measure: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    done: int
    total: int


class Report(SQLModel, table=True):
    """A near miss, a success, or the tally of a restrictive intervention.

    Its id is random and it holds a day, not an hour, so that neither leads to a person. `reporter` is None for an
    anonymous report, which nothing else in the database leads back from. `receipt` is a keyed hash of the code by which
    whoever sent it may change it. `used`, `duration` and `debrief` are a tally's alone: the kinds of intervention, how
    long, and whether a debrief was offered.
    """

    __table_args__ = (Index("ix_report_ward_id_day", "ward_id", "day"), IN_KEY_ORDER)

    id: str = Field(primary_key=True)
    kind: str
    ward_id: int = Field(sa_column=Column(ForeignKey("ward.id"), nullable=False))
    day: date = Field(index=True)
    shift_band: str
    area: str
    building: list[str] = _json()
    helped: list[str] = _json()
    level: str
    recorded: str | None = None
    line: str = ""
    added: str = ""
    reporter: str | None = None
    receipt: str | None = Field(default=None, unique=True)
    used: list[str] = _list()
    duration: str | None = None
    debrief: str | None = None
    answered_on: date | None = None


class ReportAnswer(SQLModel, table=True):
    """What a ward's manager answered to a report: what happened next."""

    id: int | None = Field(default=None, primary_key=True)
    report_id: str = Field(sa_column=Column(ForeignKey("report.id", ondelete="CASCADE"), nullable=False, index=True))
    day: date
    text: str


class Debrief(SQLModel, table=True):
    """A debrief offered to a ward. `state`: offered, held or declined; its text stays with the ward.

    `event` is a kind of the library's debriefs; `answers` holds which of them it is (`item`), and what was said. Like a
    report it has a random id and days, no hours.
    """

    __table_args__ = IN_KEY_ORDER

    id: str = Field(primary_key=True)
    ward_id: int = _ward()
    event: str
    offered_on: date = Field(index=True)
    state: str = "offered"
    closed_on: date | None = None
    answers: dict[str, Any] = _json()


class IncidentCount(SQLModel, table=True):
    """What the trust's incident system counted on a ward in a week (its Monday): a kind, or bed days."""

    ward_id: int = Field(sa_column=Column(ForeignKey("ward.id"), primary_key=True))
    week: date = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    count: int


class Outgoing(SQLModel, table=True):
    """A call to the trust's own system, kept until it was taken. `state`: due, sent or dead (to be replayed)."""

    __table_args__ = IN_KEY_ORDER

    id: str = Field(primary_key=True)
    body: str
    state: str = Field(default="due", index=True)
    not_before: datetime = _instant()
    attempts: int = 0
    problem: str | None = None


class ReminderAnswer(SQLModel, table=True):
    """How many people of a ward gave one answer to one reminder: counts, never who."""

    ward_id: int = Field(sa_column=Column(ForeignKey("ward.id"), primary_key=True))
    item: str = Field(primary_key=True)
    answer: str = Field(primary_key=True)
    count: int


class ScenarioAnswer(SQLModel, table=True):
    """How many people of a ward made one choice at one showing of a scene: counts, never who."""

    occurrence_id: int = Field(sa_column=Column(ForeignKey("occurrence.id"), primary_key=True))
    choice: int = Field(primary_key=True)
    safe: bool
    count: int


class Seen(SQLModel, table=True):
    """Keyed hashes of events, taps and forms already counted, with the `day` alone."""

    __table_args__ = IN_KEY_ORDER

    key: str = Field(primary_key=True)
    day: date = Field(index=True)


class Membership(SQLModel, table=True):
    """Which wards a person has used the bot in: a keyed hash of the person, and no time."""

    __table_args__ = IN_KEY_ORDER

    person: str = Field(primary_key=True)
    ward_id: int = Field(sa_column=Column(ForeignKey("ward.id"), primary_key=True))


class Contact(SQLModel, table=True):
    """The address at which a shared Teams conversation was last met; never one person's own chat with the bot."""

    conversation: str = Field(primary_key=True)
    service_url: str


class Mark(SQLModel, table=True):
    """A date that somebody noted on a ward's charts ("sensory room opened"), and why.

    `rebases` are the measures whose limits start anew there. `by` is who decided it (`front:id`, a member of staff).
    """

    id: int | None = Field(default=None, primary_key=True)
    ward_id: int = _ward()
    day: date
    text: str
    rebases: list[str] = _list()
    by: str


class Target(SQLModel, table=True):
    """What a ward's manager set as the target of a measure, in its figure of a week, and when.

    `figure` is count, share (a percentage) or rate (per 1,000 occupied bed days). `by` is who set it (`front:id`).
    """

    ward_id: int = Field(sa_column=Column(ForeignKey("ward.id"), primary_key=True))
    measure: str = Field(primary_key=True)
    value: float
    figure: str
    set_on: date
    by: str


class PageMessage(SQLModel, table=True):
    """A message on a ward's browser page, as the tree that the page draws."""

    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(index=True)
    key: str = Field(unique=True)
    body: str
    posted_at: datetime = _instant()
