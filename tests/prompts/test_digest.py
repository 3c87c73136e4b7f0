"""The digests, from the store to the words: real changes first, short, nothing of today's, no small numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from bot.chat.message import Chart, Facts, Heading, Message, Note, Text
from bot.privacy.small import Small
from bot.prompts.digest import build, build_for_leaders
from bot.prompts.digest.known import known_of
from bot.prompts.digest.leaders import shown
from bot.prompts.digest.ward import write
from bot.prompts.library import Library
from bot.prompts.supplies import Supplies
from bot.settings import THRESHOLDS
from bot.store import checks, debriefs, huddles, marks, targets
from bot.store.database import Session, Store
from bot.store.tables import Action, Debrief, Huddle, Report, Target, Ward, WardCheck
from tests.prompts.due import a_ward, planned
from tests.stage import settings_for

LIBRARY = Library.load()
SUPPLIES = Supplies(LIBRARY, Small(5))
TODAY = date(2026, 11, 30)
DAY = timedelta(days=1)
LAST = TODAY - DAY
USUAL = (5, 7, 6, 8, 5, 6, 7, 5, 8, 6, 7, 6, 5, 8, 6, 7, 5, 6, 8, 7)
RISEN = (*USUAL, 25)
FALLEN = (*[16 + number for number in USUAL], 4)
NUMBER = count()
LONG_LINE = (
    "Somebody sat with him in the garden for as long as it took, and then they made tea together, and the whole "
)


@pytest.fixture
async def store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    yield store
    await store.close()


def report(session: Session, ward: Ward, day: date, kind: str = "near_miss", **values: Any) -> Report:
    """Keep one."""
    kept = {"shift_band": "night", "area": "lounge", "building": [], "helped": [], "level": "prevention"} | values
    one = Report(id=f"r{next(NUMBER)}", kind=kind, ward_id=ward.key, day=day, **kept)
    session.add(one)
    return one


def week_by_week(session: Session, ward: Ward, weekly: Sequence[int], kind: str = "near_miss", **values: Any) -> None:
    """So many in each week up to the digest's."""
    for back, number in enumerate(reversed(weekly)):
        for at in range(number):
            report(session, ward, LAST - timedelta(days=7 * back + at % 7), kind, **values)


async def digest(session: Session, ward: Ward) -> Message:
    await session.flush()
    return await build(session, SUPPLIES, ward, await planned(session, ward, "digest", TODAY))


async def across(session: Session, ward: Ward) -> Message:
    await session.flush()
    return await build_for_leaders(session, SUPPLIES, ward, await planned(session, ward, "leaders_digest", TODAY))


def rows(message: Message) -> dict[str, str]:
    return dict(row for part in message.parts if isinstance(part, Facts) for row in part.rows)


def texts(message: Message) -> list[str]:
    return [part.text for part in message.parts if isinstance(part, Text)]


def words(message: Message) -> int:
    """Those that are read, beside what says the same as the picture."""
    said = [part.text for part in message.parts if isinstance(part, Heading | Text | Note)]
    said += [part.title for part in message.parts if isinstance(part, Chart)]
    return sum(len(text.split()) for text in (*said, *(word for row in rows(message).items() for word in row)))


# A ward's own


async def test_what_is_not_hoped_for_comes_first_and_the_chart_is_of_that(store: Store) -> None:
    async with store() as session:
        ward = await a_ward(session)
        week_by_week(session, ward, RISEN)
        week_by_week(session, ward, RISEN, "restrictive", used=["supine"])
        await marks.add(session, ward.key, LAST - timedelta(days=40), "The garden opened", "U1")
        told = await digest(session, ward)
    assert texts(told)[0].startswith("Uses of restraint: a real change - the week's 25 is above the usual range of")
    assert texts(told)[1] == "Also a real change: more near misses."
    [chart] = [part for part in told.parts if isinstance(part, Chart)]
    assert chart.title == "Physical and mechanical restraint"
    assert chart.alt.endswith(texts(told)[0])
    assert "The garden opened" in chart.alt
    assert rows(told)["Near misses"] == "25 (7 the week before)"
    assert rows(told)["Restrictive interventions (tally)"] == "25 (7 the week before)"


async def test_the_chart_holds_the_target_of_what_it_is_about(store: Store) -> None:
    async with store() as session:
        ward = await a_ward(session)
        week_by_week(session, ward, RISEN, "restrictive", used=["supine"])
        own = {"ward_id": ward.key, "set_on": LAST, "by": "slack:U1", "figure": "count"}
        await targets.put(session, Target(**own, measure="restraint", value=2))
        await targets.put(session, Target(**own, measure="seclusion", value=1))
        [chart] = [part for part in (await digest(session, ward)).parts if isinstance(part, Chart)]
    assert (chart.target, chart.assurance) == (2, "consistent_fail")
    assert "Target: at most 2 a week. Missed consistently (F): " in chart.alt


async def test_where_nothing_changed_it_says_so_and_shows_near_misses(store: Store) -> None:
    async with store() as session:
        ward = await a_ward(session)
        week_by_week(session, ward, USUAL)
        told = await digest(session, ward)
    assert texts(told)[0].startswith("No real change in ") and "near misses" in texts(told)[0]
    assert [part.title for part in told.parts if isinstance(part, Chart)] == ["Near misses"]


async def test_a_mark_that_starts_limits_anew_is_heeded(store: Store) -> None:
    async with store() as session:
        ward = await a_ward(session)
        week_by_week(session, ward, RISEN)
        await marks.add(session, ward.key, LAST - timedelta(days=20), "A new form", "U1", ["near_misses"])
        told = await digest(session, ward)
    assert "a real change" not in texts(told)[0]


async def test_todays_reports_wait_for_the_next_week(store: Store) -> None:
    async with store() as session:
        ward = await a_ward(session)
        report(session, ward, LAST, building=["noise"])
        report(session, ward, TODAY, building=["waiting"])
        told = await digest(session, ward)
    assert rows(told)["Near misses"] == "1 (0 the week before)"
    assert rows(told)["What was building most"] == "Noise or crowding (1)"


async def test_a_suggestion_fits_what_was_building_and_the_mix_names_its_model(store: Store) -> None:
    async with store() as session:
        ward = await a_ward(session)
        for level in ("prevention", "prevention", "intervention"):
            report(session, ward, LAST, building=["noise"], level=level)
        report(session, ward, LAST, "restrictive", level="intervention", used=["supine"])  # no report of theirs
        told = await digest(session, ward)
        for _ in range(7):
            report(session, ward, LAST, level="prevention")
        more = (await known_of(session, [ward.key], TODAY))[ward.key]
    [suggested] = [text.removeprefix("To try: ") for text in texts(told) if text.startswith("To try: ")]
    assert {one.topic for one in LIBRARY.reminders.values() if one.text == suggested} <= set(LIBRARY.leanings["noise"])
    assert rows(told)["Where it was settled"] == "prevention 2, de-escalation 0, intervention 1"
    assert rows(write(LIBRARY, ward, TODAY, more))["Where it was settled"] == (
        "prevention 90%, de-escalation 0%, intervention 10% (a guide, not a target: 70/20/10, Respect Training)"
    )


@pytest.mark.parametrize(
    "kind,state,days_ago,told",
    [
        ("success", "sent", 8, True),
        ("success", "sent", 14, True),
        ("success", "sent", 7, False),
        ("success", "sent", 15, False),
        ("success", "due", 8, False),
        ("near_miss", "sent", 8, False),
    ],
    ids=["shared", "the first day", "may be taken back", "told last week", "not posted", "no success"],
)
async def test_a_success_is_told_once_it_was_shared_and_can_be_taken_back_no_more(
    kind: str, state: str, days_ago: int, told: bool, store: Store
) -> None:
    async with store() as session:
        ward = await a_ward(session)
        one = report(session, ward, TODAY - timedelta(days=days_ago), kind, line="Tea in the garden")
        line = await planned(session, ward, "report_line", one.day)
        line.slot, line.state = one.id, state
        session.add(line)
        found = texts(await digest(session, ward))
        assert ("A success that was shared: “Tea in the garden”" in found) is told
        copied = await build(session, SUPPLIES, ward, await planned(session, ward, "digest", TODAY), elsewhere=True)
        for other in (copied, await across(session, ward)):
            assert "Tea in the garden" not in str(other), "it stays in the ward's channel"


async def test_a_very_busy_ward_with_long_names_reads_it_in_under_200_words(store: Store) -> None:
    async with store() as session:
        ward = await a_ward(session, " ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMN"))
        building, helped = ["unmet_need", "boundary", "sensory_overload"], ["need_met", "sensory_item", "explanation"]
        for kind in ("near_miss", "success"):
            week_by_week(
                session, ward, [10 * n for n in RISEN], kind, building=building, helped=helped, line="so " * 90
            )
        week_by_week(session, ward, RISEN, "restrictive", used=["supine", "seclusion", "rapid_tranquillisation"])
        shared = report(session, ward, TODAY - timedelta(days=8), "success", line=LONG_LINE * 2)
        line = await planned(session, ward, "report_line", shared.day)
        line.slot, line.state = shared.id, "sent"
        session.add(line)
        for back in range(14):
            prompt = await planned(session, ward, "huddle", LAST - back * DAY, "07:45")
            why = "emergency" if back % 2 else None
            huddle = Huddle(
                ward_id=ward.key, occurrence_id=prompt.key, local_date=prompt.local_date, huddle_set="start_of_day",
                skip_reason=why, answers={},
            )  # fmt: skip
            done = Action(
                ward_id=ward.key,
                text="x",
                owner_role="anyone",
                opened_on=prompt.local_date,
                closed_on=LAST,
                outcome="done",
            )
            await huddles.save_huddle(session, huddle, [] if why else [done])
            for measure in ("support_sheets", "behaviour_plans", "environment"):
                check = WardCheck(ward_id=ward.key, measure=measure, day=prompt.local_date, done=1, total=3)
                await checks.record(session, check)
        told = await digest(session, ward)
    assert 150 < words(told) < 200, told
    assert {"Huddles held", "Near misses", "Successes", "Actions done", "Reports answered"} <= set(rows(told))
    assert texts(told)[0].startswith("Uses of restraint: a real change")


# The leaders'


async def test_leaders_read_first_which_wards_changed_and_how(store: Store) -> None:
    async with store() as session:
        rowan, hazel, maple, ash = [await a_ward(session, name) for name in ("Rowan", "Hazel", "Maple", "Ash")]
        week_by_week(session, rowan, FALLEN, "restrictive", used=["supine"])
        week_by_week(session, hazel, RISEN)
        week_by_week(session, maple, RISEN)
        week_by_week(session, ash, USUAL)
        told = await across(session, rowan)
    assert texts(told)[0] == (
        "A real change: fewer uses of restraint on Rowan; more near misses on Hazel and Maple."
        " Ask the ward what is behind it before anything else."
    )
    assert rows(told)["Near misses"] == "57 (22 the week before)"
    assert rows(told)["Restrictive interventions (tally)"] == "under 5 (23 the week before)"
    [chart] = [part for part in told.parts if isinstance(part, Chart)]
    assert chart.title == "Near misses, all wards together"


async def test_a_total_that_tells_a_small_number_is_not_shown_nor_drawn(store: Store) -> None:
    """Rowan knows its own ten: of twelve, the two on Hazel would be no secret."""
    async with store() as session:
        rowan, hazel = await a_ward(session), await a_ward(session, "Hazel")
        week_by_week(session, rowan, (10,) * 20)
        week_by_week(session, hazel, (2,) * 20)
        week_by_week(session, rowan, (9,) * 20, "success")
        told = await across(session, rowan)
    assert rows(told)["Near misses"] == "not shown (not shown the week before)"
    assert rows(told)["Successes"] == "9 (9 the week before)"
    assert rows(told)["Reports answered"] == "not shown (not shown the week before)"
    assert not [part for part in told.parts if isinstance(part, Chart)]
    assert "12" not in str(told).replace("12 weeks", "")


@pytest.mark.parametrize(
    ("hazel_counted", "maple_counted", "drawn"),
    [(10, 6, True), (2, 6, False), (10, 3, False)],
    ids=["nothing small", "small in the chart", "small beside it"],
)
async def test_a_chart_tells_neither_the_wards_it_sums_nor_those_too_new_for_it(
    store: Store, hazel_counted: int, maple_counted: int, drawn: bool
) -> None:
    """Rowan knows its own ten of the chart's; and Maple is the difference of the row's total and the chart's."""
    async with store() as session:
        rowan, hazel, maple = [await a_ward(session, name) for name in ("Rowan", "Hazel", "Maple")]
        week_by_week(session, rowan, (10,) * 20)
        week_by_week(session, hazel, (10,) * 16 + (hazel_counted,) * 4)
        week_by_week(session, maple, (maple_counted,) * 8)
        told = await across(session, rowan)
    total = 10 + hazel_counted + maple_counted
    assert rows(told)["Near misses"] == f"{total} ({total} the week before)"
    assert bool([part for part in told.parts if isinstance(part, Chart)]) is drawn


async def test_of_debriefs_no_few_are_told_to_a_ward_that_knows_its_own(store: Store) -> None:
    async with store() as session:
        rowan, hazel = await a_ward(session), await a_ward(session, "Hazel")

        async def offered(ward: Ward, held: int, not_held: int) -> str | None:
            for state, times in ((debriefs.HELD, held), (debriefs.OFFERED, not_held)):
                for _ in range(times):
                    one = Debrief(
                        id=f"d{next(NUMBER)}",
                        ward_id=ward.key,
                        event="absence",
                        offered_on=LAST,
                        state=state,
                        answers={},
                    )
                    await debriefs.add(session, one)
            found = rows(await across(session, rowan))
            return found.get("Debriefs held") or found["Debriefs offered"]

        assert await offered(rowan, 5, 5) == "5 of 10 offered"
        assert await offered(hazel, 1, 1) == "not shown", "1 of 2 on Hazel"
        assert await offered(hazel, 0, 5) == "17", "still one held there"
        assert await offered(hazel, 4, 0) == "10 of 21 offered"


@given(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 12)), min_size=1, max_size=6), st.sampled_from(THRESHOLDS))
def test_whoever_knows_their_own_ward_learns_no_small_number_from_what_is_shown(
    every: list[tuple[int, int]], fewest: int
) -> None:
    small = Small(fewest)
    counts = {
        ward: {"near_miss": near, "success": success, "to_answer": near + success}
        for ward, (near, success) in enumerate(every)
    }
    alone = [frozenset[int](), *(frozenset({ward}) for ward in counts)]
    seen = {name: shown(name, counts, alone, small) for name in ("near_miss", "success", "to_answer")}
    if seen["to_answer"].isdigit():
        assert seen["near_miss"].isdigit() and seen["success"].isdigit(), "one of two parts tells the other"
    for name, value in seen.items():
        if value.isdigit():
            assert not small.is_small(int(value))
            assert not any(small.is_small(int(value) - own[name]) for own in counts.values())
