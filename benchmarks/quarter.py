"""`python -m benchmarks.quarter`: twenty wards through a quarter: prompts, nudges, skips, answers, a clock change."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import structlog

from bot.chat.front import Destination, Person, Refused
from bot.chat.message import Button, Buttons, Form, Line, Message, OneOf
from bot.chat.router import Event, Open, Problem, Router, Submit, Tap
from bot.handlers import build_router
from bot.handlers.desk import Desk
from bot.handlers.ward_row import WardRow, save_row
from bot.privacy.small import Small
from bot.prompts.library import Library
from bot.prompts.supplies import Supplies
from bot.schedule.planner import sync_schedules
from bot.schedule.sender import Sender
from bot.store import huddles, ledger
from bot.store.database import Store, migrate
from bot.store.shifts import DAYS, TimeOfDay
from bot.store.tables import Occurrence, Ward
from tests.fake_front import FakeFront

ZONE = ZoneInfo("Europe/London")
FIRST = date(2027, 2, 1)
DAYS_LONG = 91
"""Thirteen weeks; the clocks go forward in the night to 28 March."""
STEP = timedelta(minutes=15)
"""How often the sender looks: every time of these wards is a multiple."""
GONE = (date(2027, 3, 1), date(2027, 3, 8))
"""From and until when the last ward's channel takes nothing."""
SKIPS = ("acuity", "staffing", "emergency", "other")


@dataclass(frozen=True)
class Pattern:
    """How a ward works, and how it takes to prompts: shares of 1 that are answered, skipped and snoozed at once."""

    name: str
    huddles: tuple[str, ...]
    reminders: tuple[str, ...]
    shifts: tuple[str, ...] = ()
    answered: float = 0.55
    skipped: float = 0.12
    snoozed: float = 0.08
    most_posts: int | None = None


PATTERNS = (
    Pattern(
        "long day and night",
        ("07:45", "19:45"),
        ("11:00",),
        ("Long day 07:30-20:00", "Night 19:30-08:00"),
        answered=0.75,
    ),
    Pattern(
        "early, late, night",
        ("07:15", "13:45", "21:00"),
        ("10:00", "22:30"),
        ("Early 07:00-14:30", "Late 13:30-21:00", "Night 20:30-07:30"),
    ),
    Pattern(
        "night huddle at 01:30",
        ("08:00", "01:30"),
        ("15:00",),
        ("Day 07:30-20:00", "Night 19:30-08:00"),
        answered=0.4,
        skipped=0.2,
    ),
    Pattern("weekdays and weekends", ("07:45 weekdays", "09:30 weekends"), ("11:00 weekdays",), answered=0.65),
    Pattern("at most 3 posts a day", ("07:45", "12:30", "19:45"), ("11:00",), answered=0.3, most_posts=3),
)


class RefusingFront(FakeFront):
    """Takes nothing for the pages it is told to refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: set[str] = set()

    async def post(self, to: Destination, message: Message, key: str) -> Destination:
        if to.address["page"] in self.refuses:
            raise Refused("channel_not_found")
        return await super().post(to, message, key)


@dataclass
class Quarter:
    """The wards, the clock, and what people will do when."""

    store: Store
    now: datetime
    random: Random = field(default_factory=lambda: Random(7))
    front: RefusingFront = field(default_factory=RefusingFront)
    later: list[tuple[datetime, Destination, Button]] = field(default_factory=list)
    snoozes: Counter[str] = field(default_factory=Counter)
    patterns: dict[str, Pattern] = field(default_factory=dict)

    async def run(self) -> None:
        """Through all of it, a quarter of an hour at a time."""
        supplies = Supplies(Library.load(), Small(5))
        router: Router[Desk] = build_router(Desk(self.store, supplies, lambda: self.now, "secret"), lambda _: None)
        sender = Sender(self.store, supplies, {"browser": self.front}, lambda: self.now)
        await self._wards()
        end = datetime.combine(FIRST + timedelta(days=DAYS_LONG), time(12), ZONE)
        seen = 0
        while self.now < end:
            self._break_one()
            await sender.tick()
            if self.now.minute == 0:
                await sender.probe()
            for to, message, _ in self.front.posts[seen:]:
                self._decide(to, message)
            seen = len(self.front.posts)
            for due in [one for one in self.later if one[0] <= self.now]:
                self.later.remove(due)
                await self._tap(router, *due[1:])
            self.now = (self.now.astimezone(ZoneInfo("UTC")) + STEP).astimezone(ZONE)

    async def _wards(self) -> None:
        async with self.store() as session:
            made = []
            for number in range(20):
                pattern = PATTERNS[number % len(PATTERNS)]
                row = WardRow.model_validate(
                    {
                        "name": f"Ward {number + 1:02}",
                        "specialty": ("mental_health", "dementia", "learning_disability", "acute")[number % 4],
                        "front": "browser",
                        "nation": ("ENG", "WLS", "SCT", "NIR")[number // 5],
                        "huddle_times": pattern.huddles,
                        "reminder_time": pattern.reminders,
                        "digest_day": "monday",
                        "digest_time": "09:00",
                        "shifts": pattern.shifts,
                        "most_posts": pattern.most_posts or "",
                        "managers": ("manager",),
                    }
                )
                ward = await save_row(session, row, None, "secret")
                self.patterns[ward.place["page"]] = pattern
                made.append(ward)
            await sync_schedules(session, made, self.now)

    def _break_one(self) -> None:
        """The last ward's channel is gone for a week: the front refuses every post there."""
        gone = GONE[0] <= self.now.date() < GONE[1]
        self.front.is_reachable = not gone
        self.front.refuses = {list(self.patterns)[-1]} if gone else set()

    def _decide(self, to: Destination, message: Message) -> None:
        """What the ward does about a message, and when."""
        pattern = self.patterns[to.address["page"]]
        if message.kind not in ("huddle_prompt", "nudge", "huddle_again"):
            return
        drawn = self.random.random()
        wait = self.now + STEP * self.random.choice((0, 1, 2, 5))
        buttons = {button.action: button for button in _buttons(message)}
        if drawn < pattern.answered:
            self.later.append((wait, to, buttons["huddle_start"]))
        elif drawn < pattern.answered + pattern.skipped:
            reasons = [one for one in _buttons(message) if one.action == "huddle_skip"]
            self.later.append((wait, to, self.random.choice(reasons)))
        elif drawn < pattern.answered + pattern.skipped + pattern.snoozed and "huddle_snooze" in buttons:
            self.later.append((self.now, to, buttons["huddle_snooze"]))

    async def _tap(self, router: Router[Desk], to: Destination, button: Button) -> None:
        place = Destination("browser", {"page": to.address["page"]})
        person = Person("browser", "somebody")
        self.snoozes[to.address["page"]] += button.action == "huddle_snooze"
        for form in await _hear(router, Tap(button.action, button.value, person, place)):
            await _hear(router, Submit(form.kind, form.context, filled(form), person, f"{button.value} {self.now}"))


async def _hear(router: Router[Desk], event: Event) -> list[Form]:
    """The forms that an event is answered with; what it refuses is what people would be told."""
    try:
        return [one.form for one in await router.answer(event) if isinstance(one, Open)]
    except Problem:
        return []


def filled(form: Form) -> dict[str, object]:
    """The first choice wherever one is needed, and one of our own words for the action."""
    return {
        one.name: one.options[0].value
        for one in form.fields
        if isinstance(one, OneOf) and (one.required or one.name == "action")
    } | {one.name: "" for one in form.fields if isinstance(one, Line)}


def _buttons(message: Message) -> Iterator[Button]:
    for part in message.parts:
        if isinstance(part, Buttons):
            yield from part.buttons


def wanted(pattern: Pattern) -> Mapping[str, set[tuple[date, str]]]:
    """Every huddle and reminder that a ward should have, worked out without the bot: by kind, date and time."""
    dates = [FIRST + timedelta(days=number) for number in range(DAYS_LONG)]
    return {
        kind: {
            (day, f"{when.at:%H:%M}")
            for when in map(TimeOfDay.read, times)
            for day in dates
            if day.weekday() in DAYS[when.days]
        }
        for kind, times in (("huddle", pattern.huddles), ("reminder", pattern.reminders))
    }


def row(
    ward: Ward, pattern: Pattern, occurrences: list[Occurrence], quarter: Quarter, heard: Counter[str]
) -> list[object]:
    """A ward's line of the table."""
    last = FIRST + timedelta(days=DAYS_LONG - 1)
    inside = [one for one in occurrences if FIRST <= one.local_date <= last]
    planned = wanted(pattern)
    had = Counter((one.kind, one.local_date, one.slot) for one in inside if one.kind in planned)
    never = sum(had[kind, *one] == 0 for kind, every in planned.items() for one in every)
    twice = sum(number > 1 for number in had.values())
    beside = sum(one[1:] not in planned[one[0]] for one in had)
    early = sum(bool(one.sent_at and one.sent_at < one.due_at) for one in inside)
    states = Counter((one.kind, one.state) for one in inside)
    full = sum(one.problem == "day_full" for one in inside)
    sent = sum(number for (_, state), number in states.items() if state == "sent")
    expired = sum(number for (_, state), number in states.items() if state in ("expired", "refused"))
    huddles = states["huddle", "sent"]
    skipped = sum(heard[reason] for reason in SKIPS)
    return [
        ward.name,
        pattern.name,
        sum(len(every) for every in planned.values()),
        sent,
        full,
        expired,
        states["nudge", "sent"],
        quarter.snoozes[ward.place["page"]],
        huddles,
        heard["held"],
        skipped,
        huddles - heard["held"] - skipped,
        states["missed", "sent"],
        never,
        twice + beside,
        early,
    ]


HEADINGS = (
    "ward",
    "works",
    "planned",
    "sent",
    "day full",
    "not sent",
    "nudges",
    "snoozes",
    "huddles",
    "answered",
    "skipped",
    "missed",
    "asked",
    "never",
    "twice",
    "early",
)


async def main() -> None:
    """Run the quarter and print its table."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'quarter.db'}"
        await asyncio.to_thread(migrate, url)
        store = Store(url)
        quarter = Quarter(store, datetime.combine(FIRST, time(), ZONE) - STEP)
        await quarter.run()
        async with store() as session:
            every = await ledger.occurrences(session)
            keys = {ward.key: ward.name for _, ward in every}
            last = FIRST + timedelta(days=DAYS_LONG - 1)
            heard: dict[str, Counter[str]] = {name: Counter() for name in keys.values()}
            for huddle in await huddles.huddles_between(session, list(keys), FIRST, last):
                heard[keys[huddle.ward_id]][huddle.skip_reason or "held"] += 1
        await store.close()
    wards = {ward.name: ward for _, ward in every}
    lines = [
        row(
            ward,
            quarter.patterns[ward.place["page"]],
            [one for one, own in every if own.name == name],
            quarter,
            heard[name],
        )
        for name, ward in sorted(wards.items())
    ]
    lines.append(["all", "", *(sum(int(str(line[at])) for line in lines) for at in range(2, len(HEADINGS)))])
    print(f"{DAYS_LONG} days from {FIRST}, 20 wards; planned: huddles and reminders; sent: of every kind.")
    print(
        "  ".join(f"{name:>8}" if at > 1 else f"{name:22}" if at else f"{name:7}" for at, name in enumerate(HEADINGS))
    )
    for line in lines:
        print("  ".join(f"{one:>8}" if at > 1 else f"{one:22}" if at else f"{one:7}" for at, one in enumerate(line)))
    reasons = sum((heard[name] for name in wards), Counter[str]())
    print("skipped for: " + ", ".join(f"{reason} {reasons[reason]}" for reason in SKIPS))
    print(f"never, twice and early should be 0; Ward 20's channel took nothing from {GONE[0]} to {GONE[1]}.")


if __name__ == "__main__":
    asyncio.run(main())
