"""A tour through everything that the bot can say and ask, on one front: its handlers and prompts, with real data."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
import re
from zoneinfo import ZoneInfo

import bot
from bot.chat.front import Destination, Person, Refused
from bot.chat.message import (
    Answers,
    Button,
    Buttons,
    Form,
    FormField,
    Line,
    Message,
    OneOf,
    People,
    SomeOf,
    Text,
    TimeOf,
    YesNo,
)
from bot.chat.router import Command, Event, Open, Opened, Post, Problem, Replace, Reply, Router, Said, Submit, Tap
from bot.chat.sheet import initial
from bot.handlers import build_router
from bot.handlers.debrief import LATER
from bot.handlers.desk import Desk
from bot.handlers.draft import OWN_SHIFTS
from bot.handlers.questions import MOST_ANSWERS
from bot.handlers.report_form import LINE_LENGTH
from bot.handlers.setup_forms import ROWS
from bot.handlers.ward_row import MOST_PEOPLE, WardRow, save_row
from bot.privacy.codes import kept_receipt, reference
from bot.privacy.small import Small
from bot.prompts import actions, reminder, scenario, supervision
from bot.prompts.library import LONGEST_LABEL, Library
from bot.prompts.questions import MOST_OWN
from bot.prompts.receipt import MOST_ADDED
from bot.prompts.recognise import WORDS
from bot.prompts.supplies import Supplies
from bot.sample import History
from bot.schedule.calendar import SCENE_DAYS
from bot.schedule.follow_up import times_of
from bot.schedule.planner import sync_schedules
from bot.schedule.sender import Sender
from bot.store.database import Store
from bot.store.reports import report_with_receipt
from bot.store.shifts import LONGEST_NAME as LONGEST_NAME_OF_A_SHIFT
from bot.store.tables import WORKFLOW, Ward
from bot.store.wards import ward_at
from tests.fake_front import FakeFront

LONDON = ZoneInfo("Europe/London")
TENANT = "12345678-9abc-def0-1234-56789abcdef0"
TODAY = date(2026, 11, 23)
WARDS = 100
"""As many as a pick list of wards ever shows."""
LONGEST_NAME = 75
PEOPLE = {"slack": "U0123456{:03}", "teams": "12345678-9abc-def0-1234-56789abcd{:03}", "browser": "a-visitor-{}"}
PLACES = {"slack": ("T1TRUST", "C0{}"), "teams": (TENANT, "19:{}@thread.tacv2"), "browser": ("", "page:{}")}


@dataclass
class Tour:
    """What was said and asked, and the means to hear more."""

    front: str
    store: Store
    messages: list[Message] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at = datetime.combine(TODAY, time(7, 44), LONDON)
        self.library = Library.load()
        supplies = Supplies(self.library, Small(5))
        self.router: Router[Desk] = build_router(
            Desk(self.store, supplies, lambda: self.at, "secret", public_url="https://wardhuddle.example"),
            refuse_nothing,
        )
        self.fake = FakeFront()
        self.fake.name = self.front
        self.one_way = FakeFront()
        fronts = {self.front: self.fake, WORKFLOW: self.one_way}
        self.sender = Sender(self.store, supplies, fronts, lambda: self.at)
        self.manager = Person(self.front, "UMANAGER", PLACES[self.front][0])

    async def take(self) -> None:
        """Go through all of it."""
        ward = await self._wards()
        here = ward.channel
        elsewhere = Destination(self.front, self._row(WARDS).place("secret"))
        await self._hear(Opened("joined", self.manager, "1", elsewhere), Opened("home", self.manager, "2"))
        words = ", help, skip, today, questions, setup, leaders, supervision, dashboard, mark, start"
        for text in words.split(", "):
            await self._hear(Command("huddle", text, self.manager, here))
        kept = next(one for one in self.messages if one.kind == "mark_kept")
        await self._tap_all(kept, here)
        await self._own_questions(ward)
        for command in ("report", "success"):
            await self._hear(Command(command, "", self.manager, here), Command(command, "", self.manager))
        for text in ("start", "setup"):
            await self._hear(Command("huddle", text, self.manager, elsewhere))
        await self._set_up()
        await self._hear(Tap("gone", "", self.manager, here))
        await self._a_day(here)
        await self._reports(here)
        await self._plain_words(here)
        await self._debriefs(here)
        await self._a_scene(here)
        await self._weekly_checks(here)
        await self._bad_moments(here)
        await self._a_refusal()
        for item in self.library.reminders.values():
            self.messages += [reminder.message(item, "1"), reminder.more(item)]
        self.messages += [supervision.build(self.library, TODAY, later) for later in range(52)]
        for scene in self.library.scenarios.values():
            self.messages.append(scenario.message(scene, "1"))
            self.messages += [scenario.feedback(scene, choice) for choice in range(len(scene.choices))]
        self.messages += [message for fake in (self.fake, self.one_way) for _, message, _ in fake.posts]
        self.messages += [message for _, message in (*self.fake.private, *self.fake.updates)]

    async def _set_up(self) -> None:
        """On from the set-up form that was opened last: as many shifts as there is room for, with long names."""
        wide = ("wide words " * 4)[: LONGEST_NAME_OF_A_SHIFT - 2]
        rows: dict[str, object] = {}
        for n in range(1, ROWS + 1):
            rows |= {f"name_{n}": f"{wide} {n}", f"start_{n}": f"{4 * n - 4:02}:00", f"end_{n}": f"{4 * n % 24:02}:00"}
        form = [one for one in self.forms if one.kind == "setup"][-1]
        most = {"shifts": OWN_SHIFTS, "leaders": [PEOPLE[self.front].format(n) for n in range(MOST_PEOPLE)]}
        for changes in (filled(form) | most, rows, {}, {}):
            await self._hear(Submit(form.kind, form.context, {**initial(form), **changes}, self.manager, form.kind))
            form = self.forms[-1]

    async def _own_questions(self, ward: Ward) -> None:
        """As many of a ward's own questions as there may be, as long as they may be."""
        form = next(one for one in self.forms if one.kind == "questions")
        asked = next(one for one in form.fields if one.name == "asked")
        assert isinstance(asked, SomeOf)
        some = [
            option.value for option in asked.options if option.value not in ("staffing", "lead", "sheets", "new_scores")
        ]
        lines = {
            f"{line}_{n}": ("wide words " * 9)[: LONGEST_LABEL - 2] + f" {n}" if line == "own" else _answers()
            for line in ("own", "answers")
            for n in range(1, MOST_OWN + 1)
        }
        await self._hear(Submit(form.kind, form.context, {"asked": some, **lines}, self.manager, "own"))
        await self._hear(Command("huddle", "questions", self.manager, ward.channel))

    async def _weekly_checks(self, here: Destination) -> None:
        """The huddle before the digest, with the checks in it; then the shift so far, and what is open."""
        heard = len(self.fake.posts)
        self.at = datetime.combine(TODAY + timedelta(days=6), time(7, 45), LONDON)
        await self.sender.tick()
        for to, message, _ in self.fake.posts[heard:]:
            if to == here and message.kind == "huddle_prompt":
                await self._tap_all(message, here)
        await self._hear(Command("huddle", "today", self.manager, here))
        async with self.store() as session:
            ward = await ward_at(session, here)
            board = await actions.board(session, ward, self.at.date()) if ward else None
        assert board
        self.messages.append(board)
        not_needed = next(button for button in _buttons(board) if button.action == "action_dropped")
        await self._hear(Tap(not_needed.action, not_needed.value, self.manager, here))
        await self._tap_all(self.messages[-1], here)

    async def _wards(self) -> Ward:
        """As many wards as a list shows, with long names and one manager; the first has prompts and a history."""
        async with self.store() as session:
            first, *_ = [await save_row(session, self._row(n), None, "secret") for n in range(WARDS)]
            await History(session, self.library, first).write(TODAY - timedelta(weeks=20), TODAY - timedelta(days=1))
            await sync_schedules(session, [first], self.at)
        return first

    def _row(self, number: int) -> WardRow:
        workspace, channel = PLACES[self.front]
        return WardRow.model_validate(
            {
                "name": _name(number),
                "specialty": "mental_health",
                "front": self.front,
                "workspace": workspace,
                "channel": channel.format(f"W{number}"),
                "leaders_channel": channel.format("LEADERS"),
                "nation": "ENG",
                "huddle_times": ("07:45", "12:00", "16:30", "19:45"),
                "reminder_time": "11:00",
                "digest_day": "monday",
                "digest_time": "09:00",
                "managers": ("UMANAGER",),
                "workflow": "all",
            }
        )

    async def _a_day(self, here: Destination) -> None:
        """Every prompt of a day, and every button of each."""
        heard = 0
        for hour, minute in ((7, 45), (9, 0), (9, 1), (10, 0), (11, 0), (11, 1), (12, 0), (16, 30), (19, 45)):
            self.at = datetime.combine(TODAY, time(hour, minute), LONDON)
            await self.sender.tick()
            await self._hear(Command("huddle", "skip", self.manager, here))
            for to, message, _ in self.fake.posts[heard:]:
                if to == here:
                    await self._tap_all(message, here)
            heard = len(self.fake.posts)

    async def _reports(self, here: Destination) -> None:
        """All that can be done with a report's code, as full as a report may be, and what managers answer."""
        for text in ("restrictive", "code", "BCDF-2345"):
            await self._hear(Command("report", text, self.manager, here))
        form = next(one for one in self.forms if one.kind == "near_miss" and not one.context.get("receipt"))
        named = Submit("near_miss", form.context, filled(form) | {"anonymous": False}, self.manager, "named")
        await self._hear(named)
        tally = _code([one for one in self.messages if one.kind == "tally_thanks"][-1])
        full = _code(self.messages[-1])
        receipts = {code: kept_receipt("secret", code) for code in (full, tally)}
        words = {"added": ("wide words " * 40)[:LINE_LENGTH].strip()}
        for n in range(MOST_ADDED + 1):
            await self._hear(Submit("my_report", {"receipt": receipts[full]}, words, self.manager, f"added {n}"))
        for code, kept in receipts.items():
            await self._hear(Command("report", code, self.manager))
            await self._hear(Submit("my_report", {"receipt": kept}, {"what": "correct"}, self.manager, code))
            again = self.forms[-1]
            await self._hear(Submit(again.kind, again.context, filled(again), self.manager, f"again {code}"))
        self.at += timedelta(days=1)  # the list holds earlier days alone
        await self._hear(Command("huddle", "reports", self.manager, here))
        async with self.store() as session:
            fullest = await report_with_receipt(session, receipts[full])
        assert fullest
        await self._hear(Tap("answer_report", fullest.id, self.manager, here))
        await self._hear(Command("huddle", f"reports {reference(fullest.id)}", self.manager, here))
        self.at += timedelta(hours=1)
        await self.sender.tick()
        taken_back = kept_receipt("secret", _code(next(one for one in self.messages if one.kind == "report_thanks")))
        for kept in (*receipts.values(), taken_back):  # all that can be done is chosen, and so each is taken back
            await self._hear(Tap("open_my_report", kept, self.manager))
        await self._hear(Submit("my_report", {"receipt": taken_back}, {"what": "withdraw"}, self.manager, "taken back"))
        self.at += timedelta(hours=1)
        await self.sender.tick()

    async def _plain_words(self, here: Destination) -> None:
        """Words to the bot alone: everything read in them, refused, or nothing read; and a message of others."""
        every = " ".join(
            phrase for words in WORDS.values() for phrases in words.values() for phrase in phrases.split(",")
        )
        for text in (
            f"It went well {every.replace('*', '')}",
            "It was noisy in the lounge",
            "Mr Smith was upset",
            "hi",
        ):
            await self._hear(Said(text, self.manager), Said(text, self.manager, here, chosen=True))
        for button in [one for said in self.messages if said.kind == "words_read" for one in _buttons(said)]:
            await self._hear(Tap(button.action, button.value, self.manager, here))

    async def _debriefs(self, here: Destination) -> None:
        """Asked for and held at once; offered, declined, held after all, by two people at once; and read."""
        await self._hear(Command("huddle", "debrief", self.manager, here))
        asked = [one for one in self.forms if one.kind == "debrief_request"][-1]
        form = self.forms[-1]
        await self._hear(Submit(form.kind, form.context, filled(form), self.manager, "together"))
        for once in ("later", "later", "later again"):
            answers = filled(asked) | {"when": LATER}
            await self._hear(Submit(asked.kind, asked.context, answers, self.manager, once))
        heard = len(self.fake.posts)
        self.at += timedelta(days=1)
        await self.sender.tick()
        for to, message, _ in self.fake.posts[heard:]:
            if to == here and message.kind == "debrief":
                await self._tap_all(message, here)
        form = [one for one in self.forms if one.kind == "debrief"][-1]
        await self._hear(Submit(form.kind, form.context, filled(form), self.manager, "somebody else"))
        for answered in [one for one in self.messages if one.kind in ("debrief_held", "debrief_declined")]:
            await self._tap_all(answered, here)

    async def _a_scene(self, here: Destination) -> None:
        """The weekly scene, and every choice."""
        heard = len(self.fake.posts)
        self.at = datetime.combine(TODAY + timedelta(days=SCENE_DAYS[-1]), time(13), LONDON)
        await self.sender.tick()
        for to, message, _ in self.fake.posts[heard:]:
            if to == here and message.kind == "scenario":
                await self._tap_all(message, here)

    async def _bad_moments(self, here: Destination) -> None:
        """Huddles that nobody answers on four days, the first snoozed as often as can be; and what is asked then."""
        async with self.store() as session:
            ward = await ward_at(session, here)
        assert ward
        for days in range(8, 12):
            heard = len(self.fake.posts)
            self.at = datetime.combine(TODAY + timedelta(days=days), max(times_of(ward)), LONDON)
            await self.sender.tick()
            said = [message for to, message, _ in self.fake.posts[heard:] if to == here]
            if days == 8:
                await self._snooze(next(message for message in said if message.kind == "huddle_prompt"), here)
            for later in (timedelta(minutes=45), timedelta(hours=12)):
                self.at += later
                await self.sender.tick()
        asked = [message for _, message in self.fake.private if message.kind == "missed"][-1]
        for button in _buttons(asked):
            await self._hear(Tap(button.action, button.value, self.manager))
            for undo in [one for one in _buttons(self.messages[-1]) if one.action == "missed_undo"]:
                await self._hear(Tap(undo.action, undo.value, self.manager))

    async def _snooze(self, prompt: Message, here: Destination) -> None:
        """Once too often, and taken back the first time."""
        quarter = next(one for one in _buttons(prompt) if one.action == "huddle_snooze")
        await self._hear(Tap(quarter.action, quarter.value, self.manager, here))
        await self._hear(Tap("huddle_wake", quarter.value.partition(":")[0], self.manager, here))
        tapped = None
        for _ in range(4):
            await self._hear(Tap(quarter.action, quarter.value, self.manager, here, tapped))
            self.at += timedelta(minutes=15)
            await self.sender.tick()
            to, key = next(
                (to, key) for to, message, key in reversed(self.fake.posts) if message.kind == "huddle_again"
            )
            tapped = Destination(self.front, {**to.address, "message": key})

    async def _tap_all(self, message: Message, here: Destination) -> None:
        """Every button; those that skip a huddle before the one that holds it."""
        for button in sorted(_buttons(message), key=lambda one: one.opens):
            for _ in range(2):  # the second time some say that it was done already
                await self._hear(Tap(button.action, button.value, self.manager, here))
        closed = [one for one in self.messages if one.kind == "action_closed"]
        say_who = [button for one in closed for button in _buttons(one) if button.opens]
        for button in (*say_who[-1:], *(button for one in closed[-1:] for button in _buttons(one))):
            await self._hear(Tap(button.action, button.value, self.manager, here))

    async def _a_refusal(self) -> None:
        """What the managers hear when a channel, the leaders' too, takes nothing any more."""
        self.at += timedelta(days=1)
        self.fake.fails = [Refused(reason) for reason in ("not_in_channel", "channel_not_found", "any_other")]
        for _ in range(2):
            await self.sender.tick()

    async def _hear(self, *events: Event) -> None:
        for event in events:
            try:
                outcomes = await self.router.answer(event)
            except Problem as problem:
                outcomes = (problem.as_reply(),)
            for outcome in outcomes:
                match outcome:
                    case Open(form):
                        self.forms.append(form)
                        if not isinstance(event, Submit):
                            once = str(len(self.forms))
                            sent = Submit(form.kind, form.context, filled(form), self.manager, once)
                            await self._hear(sent, sent)
                    case Reply(message) | Replace(message=message) | Post(message=message):
                        self.messages.append(message)


def refuse_nothing(_text: str) -> None:
    """Free text passes: what is refused is no matter of fronts."""


def filled(form: Form) -> dict[str, object]:
    """As much in a form as it takes."""
    return {asked.name: _most(asked) for asked in form.fields}


def _most(asked: FormField) -> Answers | object:
    match asked:
        case Line():
            return asked.initial or ("wide words " * 40)[: asked.max_length].strip()
        case OneOf():
            return asked.initial or asked.options[-1].value
        case SomeOf():
            return [option.value for option in asked.options]
        case People():
            return list(asked.initial)
        case YesNo():
            return True
        case TimeOf():
            return f"{asked.initial:%H:%M}" if asked.initial else ""


def _answers() -> str:
    return "; ".join(f"{n} {('wide words ' * 9)[: LONGEST_LABEL - 2]}" for n in range(MOST_ANSWERS))


def _code(thanks: Message) -> str:
    """The code of a report, as it was told."""
    words = " ".join(part.text for part in thanks.parts if isinstance(part, Text))
    return re.findall(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", words)[-1].replace("-", "")


def _name(number: int) -> str:
    """A long name of words of its own, which nothing can make shorter."""
    trees = ("ash", "beech", "cedar", "elder", "fir", "hazel", "larch", "maple", "oak", "pine", "rowan", "yew")
    words = Random(number).choices(trees, k=20)
    return f"{number:02} {' '.join(words).title()}"[:LONGEST_NAME].strip()


def _buttons(message: Message) -> Iterator[Button]:
    for part in message.parts:
        if isinstance(part, Buttons):
            yield from part.buttons


def kinds_in_the_source() -> set[str]:
    """Every kind of message that handlers, prompts and the router can make, as their source names it."""
    root = Path(bot.__file__).parent
    sources = [*(root / "handlers").glob("*.py"), *(root / "prompts").rglob("*.py"), root / "chat" / "router.py"]
    found = set()
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("Message", "reply")
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(str(node.args[0].value))
    return found
