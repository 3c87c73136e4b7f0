"""The sample ward of `bot try` and `make playground`: invented people and figures, and a clock that is moved on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import accumulate, takewhile
from random import Random
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.app import PARTS, House, build
from bot.app import serve as serve_house
from bot.chat.front import Destination
from bot.handlers.huddle_form import OWN_WORDS, actions_of
from bot.handlers.ward_row import DAY_NAMES, WardRow, save_row
from bot.prompts import huddle as huddle_prompt
from bot.prompts.library import Library
from bot.prompts.reminder import choose
from bot.schedule.planner import occurrence, sync_schedules
from bot.settings import Settings
from bot.store import huddles, ledger, reports, wards
from bot.store.database import Session, migrate
from bot.store.tables import Huddle, Occurrence, Report, Ward

NAME = "Willow Ward (sample)"
WEEKS = 20
CHANGED = 8
"""Weeks ago, something got better on the sample ward: near misses fell for real, so that a chart can show it."""
ZONE = ZoneInfo("Europe/London")
HUDDLES = ("07:45", "19:45")
MOST_PASSED_OVER = 10
"""Prompts that are due one after the other and not sent."""
REMINDER = time(11)
DIGEST = "09:00"

T = TypeVar("T")


class SampleClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at


async def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Make the sample ward if it is not there yet, and serve its page; `ready` is told the address."""
    await asyncio.to_thread(migrate, settings.sqlalchemy_url)
    clock = SampleClock()
    house = build(settings, clock, forward=lambda: forward(house, clock))
    page = await open_ward(house, clock)
    address = f"http://{settings.host}:{settings.port}/ward/{page}"

    async def front_door() -> str:
        return f"/ward/{page}"

    await serve_house(house, PARTS, front_door, partial(ready, address))


async def forward(house: House, clock: SampleClock) -> None:
    """Move the clock to the next prompt that is sent: a nudge is not where its huddle was held."""
    for _ in range(MOST_PASSED_OVER):
        async with house.store() as session:
            coming = await ledger.next_instant(session)
        if coming:
            clock.at = max(clock.at, coming)
        if await house.sender.tick():
            return


async def open_ward(house: House, clock: SampleClock) -> str:
    """The sample ward's page, with its history; one that is there goes on where its clock had stopped."""
    async with house.store() as session:
        ward = await wards.ward_named(session, NAME)
        if ward:
            clock.at = await ledger.latest_instant(session) or clock.at
            return ward.place["page"]
    ward = await make_ward(house, clock, front="browser")
    await first_prompts(house, clock, ward)
    return ward.place["page"]


async def make_ward(house: House, clock: SampleClock, **where: str) -> Ward:
    """A new ward with its history, up to yesterday's reminder. `where`: front, workspace and channel, as in a row."""
    today = clock.at.astimezone(ZONE).date()
    yesterday = today - timedelta(days=1)
    clock.at = datetime.combine(yesterday, REMINDER, ZONE) - timedelta(minutes=1)
    async with house.store() as session:
        ward = await save_row(session, _row(today, where), None, house.settings.secret)
        ward.sample = True
        await History(session, house.supplies.library, ward).write(today - timedelta(weeks=WEEKS), yesterday)
        await sync_schedules(session, [ward], clock.at)
    return ward


async def first_prompts(house: House, clock: SampleClock, ward: Ward) -> None:
    """What a visitor finds in a new ward: yesterday's prompts, and this morning's huddle, which waits for them."""
    await forward(house, clock)  # yesterday's reminder
    await forward(house, clock)  # yesterday evening's huddle
    await _hold_latest(house, ward, clock)
    await forward(house, clock)  # this morning's huddle


def _row(today: date, where: Mapping[str, str]) -> WardRow:
    return WardRow.model_validate(
        {
            **where,
            "name": NAME,
            "specialty": "mental_health",
            "nation": "ENG",
            "huddle_times": HUDDLES,
            "reminder_time": f"{REMINDER:%H:%M}",
            "digest_day": DAY_NAMES[today.weekday()],
            "digest_time": DIGEST,
        }
    )


async def _hold_latest(house: House, ward: Ward, clock: SampleClock) -> None:
    """Answer the huddle that was just posted, and show its summary in its place."""
    front = house.fronts[ward.front]
    async with house.store() as session:
        latest = await ledger.latest_occurrence(session, ward.key, "huddle", clock.at - timedelta(minutes=1))
        assert latest and latest.posted
        await History(session, house.supplies.library, ward).hold(latest, done=0)
        message = await huddle_prompt.build(session, house.supplies, ward, latest)
    await front.update(Destination(front.name, latest.posted), message)


class History:
    """Weeks of an invented ward, the same at every first start."""

    def __init__(self, session: Session, library: Library, ward: Ward) -> None:
        self._session = session
        self._library = library
        self._ward = ward
        self._random = Random("willow")
        self._counts = Random("willow 8")  # apart, so that a change of the pick lists leaves the chart as it is
        self._seen: list[str] = []

    async def write(self, first: date, last: date) -> None:
        """Everything on the local dates first to last, but for the last day's prompts after its first huddle."""
        for day in _days(first, last):
            calmer = (last - day).days < 7 * CHANGED
            await self._report(day, "near_miss", 0.6 if calmer else 1.6)
            await self._report(day, "success", 0.85 if calmer else 0.5)
            for slot in HUDDLES[: 1 if day == last else None]:
                await self._huddle(day, slot)
            if day < last:
                await self._reminder(day)

    async def _report(self, day: date, kind: str, a_day: float) -> None:
        lists = self._library.pick_lists
        for _ in range(self._poisson(a_day)):
            levels = ("prevention", "de_escalation", "intervention")
            report = Report(
                id=str(UUID(int=self._random.getrandbits(128), version=4)),
                kind=kind,
                ward_id=self._ward.key,
                day=day,
                shift_band=self._random.choice(lists.shift_band).value,
                area=self._random.choice(lists.area).value,
                building=self._some([option.value for option in lists.building], 2),
                helped=self._some([option.value for option in lists.helped], 2),
                level=self._random.choices(levels, (70, 24, 6) if kind == "success" else (45, 40, 15))[0],
                recorded=self._random.choice(("yes", "not_yet")) if kind == "near_miss" else None,
            )
            await reports.save_report(self._session, report)

    async def _huddle(self, day: date, slot: str) -> None:
        planned = await self._sent(day, "huddle", slot)
        chance = self._random.random()
        if chance < 0.86:
            await self.hold(planned)
        elif chance < 0.95:
            reason = self._random.choice(self._library.pick_lists.skip_reason).value
            await huddles.save_huddle(self._session, self._said(planned, skip_reason=reason, answers={}))

    async def hold(self, planned: Occurrence, *, done: float = 0.8) -> None:
        """Hold a huddle; its action is done within two days, with the chance `done`."""
        answers: dict[str, Any] = {OWN_WORDS: ""}
        huddle_set = huddle_prompt.set_for(self._library, planned)
        for question in huddle_set.questions_for(self._ward.specialty):
            values = [option.value for option in question.options]
            if question.ask == "some_of":
                answers[question.name] = self._some(values, 2)
            else:
                answers[question.name] = self._random.choice(values[:3])
        answers["worried"] = "no"
        closes = planned.local_date + timedelta(days=self._random.randint(0, 2))
        [action] = actions_of(huddle_set, self._ward, answers, planned)
        if self._random.random() < done:
            action.closed_on, action.outcome = closes, "done"
        del answers[OWN_WORDS]
        await huddles.save_huddle(self._session, self._said(planned, skip_reason=None, answers=answers), [action])

    def _said(self, planned: Occurrence, *, skip_reason: str | None, answers: dict[str, Any]) -> Huddle:
        return Huddle(
            ward_id=self._ward.key,
            occurrence_id=planned.key,
            local_date=planned.local_date,
            huddle_set=huddle_prompt.set_for(self._library, planned).id,
            skip_reason=skip_reason,
            answers=answers,
        )

    async def _reminder(self, day: date) -> None:
        fitting = self._library.reminders_for(self._ward.specialty, day)
        item = choose(fitting, self._seen, (), self._ward.name).item
        self._seen.insert(0, item.id)
        await self._sent(day, "reminder", f"{REMINDER:%H:%M}", item.id)

    async def _sent(self, day: date, kind: str, slot: str, item: str | None = None) -> Occurrence:
        due = datetime.combine(day, time.fromisoformat(slot), ZONE).astimezone(UTC)
        planned = occurrence(self._ward, kind, slot, due, on=day, item=item)
        planned.state, planned.sent_at = "sent", due
        self._session.add(planned)
        await self._session.flush()
        return planned

    def _some(self, values: Sequence[T], most: int) -> list[T]:
        """One or more, the first of the list more often: so that something is commonest."""
        weights = [1 / (1 + place) for place in range(len(values))]
        return list(dict.fromkeys(self._random.choices(values, weights, k=self._random.randint(1, most))))

    def _poisson(self, mean: float) -> int:
        """A Poisson count: how many exponential gaps fit into one."""
        gaps: Iterator[float] = (self._counts.expovariate(mean) for _ in iter(int, 1))
        return sum(1 for _ in takewhile(lambda at: at < 1, accumulate(gaps)))


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
