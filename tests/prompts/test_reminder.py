"""Which reminder a ward gets: bands and topics in balance, leaning to what the ward reports, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from bot.prompts.library import Band, Library, NothingFits, Reminder, Season, Setting, Shift
from bot.prompts.library.items import TOPICS
from bot.prompts.reminder import SHARES, choose, chosen, leaning, message, more
from bot.store import huddles, reports
from bot.store.database import Session, Store
from bot.store.tables import Huddle, Report, Ward
from tests.prompts.due import a_ward, planned
from tests.stage import settings_for

LIBRARY = Library.load()
TODAY = date(2026, 11, 25)
DAY = timedelta(days=1)
A_YEAR = 365
SETTINGS = get_args(Setting)
OF_TWENTY: dict[Band, int] = {"prevention": 14, "de_escalation": 4, "intervention": 2}
LEANINGS = st.dictionaries(st.sampled_from(sorted(TOPICS)), st.integers(1, 40), max_size=6)


def days_of(
    fitting: Sequence[Reminder],
    days: int,
    ward: str = "Rowan",
    *,
    unwanted: Sequence[str] = (),
    leaning: Mapping[str, int] | None = None,
    sent: Sequence[str] = (),
) -> list[Reminder]:
    """What a ward gets, day by day, that has had `sent` (newest first)."""
    had = list(sent)
    got = []
    for _ in range(days):
        item = choose(fitting, had, unwanted, ward, leaning).item
        had.insert(0, item.id)
        got.append(item)
    return got


def topics_of(got: Sequence[Reminder]) -> Counter[str]:
    return Counter(item.topic for item in got)


def assert_in_balance(got: Sequence[Reminder]) -> None:
    for start in range(len(got) - 19):
        counted = Counter(item.band for item in got[start : start + 20])
        assert all(abs(counted[band] - number) <= 1 for band, number in OF_TWENTY.items()), (start, counted)


def assert_in_rounds(got: Sequence[Reminder], fitting: Sequence[Reminder]) -> None:
    """Within a topic none comes twice before all of the topic that fit have come."""
    for topic, number in topics_of(fitting).items():
        ids = [item.id for item in got if item.topic == topic]
        for start in range(max(len(ids) - number + 1, 1)):
            part = ids[start : start + number]
            assert len(set(part)) == len(part), (topic, part)


# Bands and topics


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("leaning", [{}, {"sensory": 5, "rights": 2, "listening": 3}], ids=["even", "leaning"])
def test_any_twenty_days_hold_the_balance_and_a_topic_goes_round(setting: Setting, leaning: dict[str, int]) -> None:
    fitting = LIBRARY.reminders_for(setting, TODAY)
    got = days_of(fitting, A_YEAR, leaning=leaning)
    assert_in_balance(got)
    assert_in_rounds(got, fitting)


@settings(max_examples=25, deadline=None)
@given(LEANINGS, st.sampled_from(SETTINGS), st.sampled_from(get_args(Shift)))
def test_whatever_a_ward_reports_the_balance_is_held(leaning: dict[str, int], setting: Setting, shift: Shift) -> None:
    fitting = LIBRARY.reminders_for(setting, TODAY, shift)
    got = days_of(fitting, 120, leaning=leaning)
    assert_in_balance(got)
    assert_in_rounds(got, fitting)


@settings(deadline=None)
@given(st.lists(LEANINGS, min_size=1, max_size=6), st.sampled_from(SETTINGS))
def test_what_a_ward_reports_may_change_and_the_balance_is_held(leanings: list[dict[str, int]], setting: str) -> None:
    fitting = LIBRARY.reminders_for(setting, TODAY)
    got: list[Reminder] = []
    for named in leanings:
        got += days_of(fitting, 28, leaning=named, sent=[item.id for item in reversed(got)])
    assert_in_balance(got)
    assert_in_rounds(got, fitting)


@pytest.mark.parametrize("setting", SETTINGS)
def test_through_the_seasons_the_balance_is_held(setting: Setting) -> None:
    """Also while one after the other goes past its review: what was sent counts, if it may be sent again or not."""
    had: list[str] = []
    got = []
    for day in range(A_YEAR):
        item = choose(LIBRARY.reminders_for(setting, TODAY + day * DAY, "day"), had, (), "Rowan").item
        had.insert(0, item.id)
        got.append(item)
    assert_in_balance(got)


@given(st.lists(st.sampled_from(sorted(LIBRARY.reminders)), min_size=1, unique=True), st.integers(1, 120), LEANINGS)
def test_in_any_library_a_topic_is_gone_through_before_it_begins_again(
    ids: list[str], days: int, leaning: dict[str, int]
) -> None:
    fitting = [LIBRARY.reminders[item] for item in ids]
    assert_in_rounds(days_of(fitting, days, leaning=leaning), fitting)


@settings(max_examples=15, deadline=None)
@given(LEANINGS, st.sampled_from(SETTINGS))
def test_a_topic_has_between_half_and_twice_its_share_of_a_year(leaning: dict[str, int], setting: Setting) -> None:
    fitting = LIBRARY.reminders_for(setting, TODAY)
    got = topics_of(days_of(fitting, A_YEAR, leaning=leaning))
    in_band = Counter(item.band for item in fitting)
    for topic, items in topics_of(fitting).items():
        band = TOPICS[topic]
        share = A_YEAR * SHARES[band] * items / in_band[band]
        assert share / 2 - 1 <= got[topic] <= share * 2 + 1, (topic, share, got[topic])


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("topic", ["flashpoints", "bad-news", "listening"])
def test_a_topic_that_the_ward_reports_comes_more_often_and_at_most_about_twice(setting: Setting, topic: str) -> None:
    fitting = LIBRARY.reminders_for(setting, TODAY)
    in_band = [item for item in fitting if item.band == TOPICS[topic]]
    share = A_YEAR * SHARES[TOPICS[topic]] * topics_of(fitting)[topic] / len(in_band)
    without = topics_of(days_of(fitting, A_YEAR))[topic]
    with_it = topics_of(days_of(fitting, A_YEAR, leaning={topic: 3}))[topic]
    assert without * 1.3 < with_it <= share * 2 + 1


def test_of_two_topics_the_one_reported_more_leans_more() -> None:
    fitting = [item for item in LIBRARY.reminders_for("acute", TODAY) if item.topic in ("sensory", "environment")]
    items, got = topics_of(fitting), topics_of(days_of(fitting, 100, leaning={"sensory": 8, "environment": 2}))
    assert got["sensory"] / items["sensory"] > got["environment"] / items["environment"]


# Items


def test_wards_go_through_it_in_their_own_order() -> None:
    fitting = LIBRARY.reminders_for("acute", TODAY)
    assert days_of(fitting, 10, "Rowan") != days_of(fitting, 10, "Hazel")
    assert days_of(fitting, 10, "Rowan") == days_of(fitting, 10, "Rowan")


def test_what_a_ward_does_not_want_is_left_out_while_anything_else_fits() -> None:
    fitting = LIBRARY.reminders_for("acute", TODAY)[:3]
    unwanted = [fitting[0].id]
    assert fitting[0] not in days_of(fitting, 6, unwanted=unwanted)
    assert choose(fitting[:1], [], unwanted, "Rowan").item == fitting[0]


def test_a_new_item_comes_when_it_is_next_its_topics_turn() -> None:
    *old, new = (item for item in LIBRARY.reminders_for("acute", TODAY) if item.topic == "flashpoints")
    others = [item for item in LIBRARY.reminders_for("acute", TODAY) if item.topic != "flashpoints"]
    sent = [item.id for item in reversed(days_of([*old, *others], A_YEAR))]
    got = days_of([*old, *others, new], 30, sent=sent)
    assert next(item for item in got if item.topic == "flashpoints") == new


def test_a_withdrawn_item_does_not_hold_the_round_up() -> None:
    fitting = LIBRARY.reminders_for("acute", TODAY)
    sent = [f"withdrawn-{number:03}" for number in range(200)]
    assert choose(fitting, sent, (), "Rowan").item in fitting
    withdrawn = fitting[0]
    had = [item.id for item in reversed(days_of(fitting, 40))]
    got = days_of(fitting[1:], 40, sent=had)
    assert withdrawn not in got
    assert_in_balance(got[20:])


def test_nothing_that_fits_is_an_error_in_words() -> None:
    with pytest.raises(NothingFits, match="No reminder in the library fits this ward"):
        choose([], [], (), "Rowan")


# Reasons


def test_the_reasons_name_band_topic_item_and_what_the_ward_reports() -> None:
    fitting = [item for item in LIBRARY.reminders_for("acute", TODAY) if item.topic == "sensory"]
    first = choose(fitting, [], (), "Rowan", {"sensory": 3})
    assert first.why == (
        "Band: prevention, 0 of the last 0; its share is 70%.",
        "Topic: sensory, 0 of the last 0 in this band; the ward named what it is about 3 times in 4 weeks.",
        f"Item: {first.item.id}, not seen here yet.",
    )
    sent = [item.id for item in reversed(days_of(fitting, len(fitting)))]
    again = choose(fitting, sent, (), "Rowan", {"sensory": 1})
    assert again.why[1].endswith("the ward named what it is about 1 time in 4 weeks.")
    assert again.why[2] == f"Item: {again.item.id}, last seen {len(fitting)} reminders ago."
    assert choose(fitting, sent, (), "Rowan", {"rights": 5}).why[1].endswith("in this band; it is its turn.")


@given(st.integers(0, 150), LEANINGS)
def test_the_reasons_are_true_of_what_was_chosen(days: int, leaning: dict[str, int]) -> None:
    fitting = LIBRARY.reminders_for("dementia", TODAY)
    sent = [item.id for item in reversed(days_of(fitting, days, leaning=leaning))]
    item, (band, topic, own) = (found := choose(fitting, sent, (), "Rowan", leaning)).item, found.why
    lately = [LIBRARY.reminders[one].band for one in sent[:19]]
    assert band.startswith(f"Band: {item.band.replace('_', ' ')}, {lately.count(item.band)} of the last {len(lately)};")
    assert topic.startswith(f"Topic: {item.topic}, ")
    assert ("the ward named" in topic) == (item.topic in leaning)
    assert own.startswith(f"Item: {item.id}, ")
    assert ("not seen here yet" in own) == (item.id not in sent)


# What fits, and what a ward reports, from the store


@pytest.fixture
async def store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(settings_for(database_url, tmp_path).sqlalchemy_url)
    yield store
    await store.close()


async def reported(session: Session, ward: Ward, on: date, *building: str) -> None:
    """Keep a report that names this as what was building."""
    report = Report(
        id=f"{ward.name}{on}{building}",
        kind="near_miss",
        ward_id=ward.key,
        day=on,
        shift_band="day",
        area="lounge",
        building=list(building),
        helped=[],
        level="prevention",
    )
    await reports.save_report(session, report)


async def held(session: Session, ward: Ward, on: date, **answers: list[str]) -> None:
    """Keep a huddle with these answers."""
    prompt = await planned(session, ward, "huddle", on, "07:45")
    huddle = Huddle(
        ward_id=ward.key, occurrence_id=prompt.key, local_date=on, huddle_set="start_of_day", answers=answers
    )
    await huddles.save_huddle(session, huddle)


async def test_a_ward_leans_to_what_its_reports_and_huddles_name(store: Store) -> None:
    async with store() as session:
        ward, other = await a_ward(session), await a_ward(session, "Hazel")
        assert await leaning(session, LIBRARY, ward, TODAY) == {}
        await reported(session, ward, TODAY - DAY, "noise", "waiting")
        await reported(session, ward, TODAY - 20 * DAY, "noise", "gone_from_the_lists")
        await reported(session, other, TODAY - DAY, "bad_news")
        await held(session, ward, TODAY - DAY, environment=["noise"], relational=["visits"], went_well=["noise"])
        await held(session, ward, TODAY - 2 * DAY)
        expected: Counter[str] = Counter()
        for value in ("noise", "noise", "noise", "waiting", "visits"):
            expected.update(LIBRARY.leanings[value])
        assert await leaning(session, LIBRARY, ward, TODAY) == expected


async def test_what_was_named_today_does_not_count_until_tomorrow(store: Store) -> None:
    """A reminder that leans to it within the hour would tell when the report was sent."""
    async with store() as session:
        ward = await a_ward(session)
        await reported(session, ward, TODAY, "noise")
        await held(session, ward, TODAY, environment=["noise"])
        assert await leaning(session, LIBRARY, ward, TODAY) == {}
        assert await leaning(session, LIBRARY, ward, TODAY + DAY) == dict.fromkeys(LIBRARY.leanings["noise"], 2)


async def test_what_was_named_longer_than_four_weeks_ago_does_not_count(store: Store) -> None:
    async with store() as session:
        ward = await a_ward(session)
        await reported(session, ward, TODAY - 29 * DAY, "noise")
        await held(session, ward, TODAY - 29 * DAY, environment=["heat"])
        assert await leaning(session, LIBRARY, ward, TODAY) == {}
        await reported(session, ward, TODAY - 27 * DAY, "noise")
        assert await leaning(session, LIBRARY, ward, TODAY) == dict.fromkeys(LIBRARY.leanings["noise"], 1)
        assert await leaning(session, LIBRARY, ward, TODAY + 2 * DAY) == {}


async def test_a_chosen_reminder_is_the_wards_own_and_says_what_was_reported(store: Store) -> None:
    """From the store to the reasons: every day's is kept, and the topic that was named says so when its turn comes."""
    async with store() as session:
        ward = await a_ward(session)
        for number in range(6):
            await reported(session, ward, TODAY - number * DAY, "boundary")
        got, named = [], []
        for number in range(14):
            prompt = await planned(session, ward, "reminder", TODAY + number * DAY, "11:00")
            found = await chosen(session, LIBRARY, ward, prompt)
            prompt.item = found.item.id
            session.add(prompt)
            await session.flush()
            got.append(found.item)
            named += [found.item.topic] if "the ward named what it is about 6 times in 4 weeks" in found.why[1] else []
        assert len(set(got)) == 14
        assert named and set(named) <= set(LIBRARY.leanings["boundary"])


def test_every_topic_that_may_be_leaned_to_has_reminders() -> None:
    topics = {item.topic for item in LIBRARY.reminders.values()}
    assert {topic for leaned in LIBRARY.leanings.values() for topic in leaned} <= topics
    assert set(LIBRARY.leanings) <= {option.value for _, option in LIBRARY.options()}


@pytest.mark.parametrize("slot", ["06:59", "07:00", "18:59", "19:00"])
async def test_a_reminder_fits_its_shift(slot: str, store: Store) -> None:
    shift: Shift = "day" if slot in ("07:00", "18:59") else "night"
    other = ({"day", "night"} - {shift}).pop()
    async with store() as session:
        ward = await a_ward(session)
        prompt = await planned(session, ward, "reminder", TODAY, slot)
        fitting = [item for item in LIBRARY.reminders.values() if item.shifts == (other,)]
        assert fitting, "there are some for one shift only"
        with pytest.raises(NothingFits, match="No reminder"):
            await chosen(session, only(fitting), ward, prompt)
        fitting = [item for item in LIBRARY.reminders_for("mental_health", TODAY) if item.shifts == (shift,)]
        assert (await chosen(session, only(fitting), ward, prompt)).item in fitting


@pytest.mark.parametrize(
    ("on", "season"),
    [
        (date(2026, 11, 30), "autumn"),
        (date(2026, 12, 1), "winter"),
        (date(2027, 2, 28), "winter"),
        (date(2027, 3, 1), "spring"),
        (date(2027, 6, 1), "summer"),
    ],
)
def test_a_reminder_fits_its_season(on: date, season: Season) -> None:
    fitting = LIBRARY.reminders_for("mental_health", on)
    assert all(season in item.seasons for item in fitting if item.seasons)
    of_season = {item.id for item in LIBRARY.reminders.values() if season in item.seasons}
    here = {item.id for item in fitting if item.seasons}
    assert here == {item for item in of_season if "mental_health" in LIBRARY.reminders[item].settings}


def only(items: Sequence[Reminder]) -> Library:
    """The library with no other reminders."""
    return replace(LIBRARY, reminders={item.id: item for item in items})


# Words


def test_a_reminder_names_its_source_claims_no_proof_and_is_no_training() -> None:
    for item in LIBRARY.reminders.values():
        for text in (str(message(item, "1")), str(more(item))):
            assert item.source_names in text
            assert "not accredited training" in text
            assert "proven" not in text.lower()
