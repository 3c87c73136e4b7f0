"""A ward's targets on its dashboard: who sets them, what may be set, and where it is said whether they are met."""

from __future__ import annotations

import csv
from datetime import date
import io

import pytest

from bot.store import targets
from bot.store.tables import Target
from tests.web.browser import Browser
from tests.web.conftest import LEADER, MANAGER, NURSE, House
from tests.web.filled import filled, imported, keep, weeks_of

RESTRAINT = "Physical and mechanical restraint"
SET = f"Set this target: {RESTRAINT}"
NOT_FOR_YOU = "We can't show this to you"


def address(house: House, query: str = "?measure=restraint") -> str:
    return f"/dashboard/wards/{house.rowan.key}{query}"


async def kept(house: House) -> dict[str, Target]:
    async with house.stage.house.store() as session:
        return {one.measure: one for one in await targets.of_wards(session, [house.rowan.key])}


async def manager_of(house: House) -> Browser:
    """Signed in, at the restraint of a ward that has 5 or 6 a week: the usual range is 2.8 to 8.2."""
    await filled(house)
    manager = await house.signed_in(MANAGER)
    await manager.open(address(house))
    return manager


async def sent_by_hand(browser: Browser, house: House, measure: str, **fields: str) -> Browser:
    """A form of another place, with what it would send here."""
    _, sent = browser.fields("Note it")
    to = f"/dashboard/wards/{house.rowan.key}/targets/{measure}"
    browser.page = await browser.http.post(to, data={"_csrf": sent["_csrf"], "figure": "count"} | fields)
    return browser


@pytest.mark.parametrize(
    ("typed", "sign", "said"),
    [
        ("9", "P", "Target: at most 9 a week. Met consistently (P): as things are now, chance alone does not miss it."),
        ("2", "F", "Target: at most 2 a week. Missed consistently (F): as things are now, chance alone does not meet"),
        (" 5.5 ", "?", "Target: at most 5.5 a week. Met or missed by chance (?): one point that meets it, or misses"),
    ],
)
async def test_a_target_is_said_in_letter_and_words_wherever_the_figures_are(
    house: House, typed: str, sign: str, said: str
) -> None:
    manager = await manager_of(house)
    assert "Target" not in str(manager.soup.select("figure img")[0]["alt"]) and not manager.soup.select(".sign, tfoot")
    text = await manager.press(SET, value=typed)
    assert (
        manager.page and manager.page.url.fragment == "m-restraint" and said in text and "Set on 22 Nov 2026." in text
    )
    assert said in str(manager.soup.select("figure img")[0]["alt"])
    assert [one.get_text() for one in manager.soup.select(".sign")] == [sign]
    [row] = manager.soup.select("tfoot tr")
    number = f"{float(typed):g}"
    assert row.get_text("|").startswith(f"Target|{number}|-|") and f"({sign})" in row.get_text()
    file = await manager.http.get(f"/dashboard/wards/{house.rowan.key}/figures/restraint.csv")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert {row["target"] for row in rows} == {number} and rows[0]["assurance"].endswith(f"({sign})")
    picture = await manager.http.get(f"/dashboard/wards/{house.rowan.key}/charts/restraint.svg")
    assert f">{sign}<" in picture.text and f"target {float(typed):.1f}" in picture.text


async def test_who_set_it_and_when_is_kept_and_it_is_changed_and_taken_away(house: House) -> None:
    manager = await manager_of(house)
    await manager.press(SET, value="6")
    house.later(hours=4)
    await manager.open(address(house))
    assert manager.fields(SET)[1]["value"] == "6"
    await manager.press(SET, value="4")
    [one] = (await kept(house)).values()
    assert (one.measure, one.value, one.figure, one.by, one.set_on) == (
        "restraint",
        4,
        "count",
        "slack:U0MANAGER",
        date(2026, 11, 23),
    )
    text = await manager.press(f"Take it away: {RESTRAINT}")
    assert "Target: at most 4" not in text and "Set a target" in text and not await kept(house)


async def test_staff_and_leaders_see_a_target_and_set_none(house: House) -> None:
    manager = await manager_of(house)
    await manager.press(SET, value="9")
    for person in (NURSE, LEADER):
        browser = await house.signed_in(person, house.rowan)
        assert "Met consistently (P)" in await browser.open(address(house))
        assert not browser.soup.select(".for-managers, [name=value]")
        for fields in ({"value": "3"}, {"away": "yes"}):
            await sent_by_hand(browser, house, "restraint", **fields)
            assert browser.status == 404 and NOT_FOR_YOU in browser.text
            await browser.open(address(house))
    assert (await kept(house))["restraint"].value == 9


async def test_a_target_comes_from_our_own_page_and_is_of_a_measure(house: House) -> None:
    manager = await manager_of(house)
    to = f"/dashboard/wards/{house.rowan.key}/targets/restraint"
    manager.page = await manager.http.post(to, data={"figure": "count", "value": "3"})
    assert manager.status == 403
    await manager.open(address(house))
    for measure in ("falls", "%00"):
        assert (await sent_by_hand(manager, house, measure, value="3")).status == 404
        await manager.open(address(house))
    _, sent = manager.fields("Note it")
    manager.page = await manager.http.post(f"/dashboard/wards/{house.birch.key}/targets/restraint", data=sent)
    assert manager.status == 404 and not await kept(house)


@pytest.mark.parametrize(
    "typed", ["", "four", "-1", "nan", "1e3", "2.25", "12345", "1,5", "4%", "\N{ARABIC-INDIC DIGIT FOUR}", "<b>"]
)
async def test_what_is_no_number_is_said_at_the_field_and_stays_there(house: House, typed: str) -> None:
    manager = await manager_of(house)
    text = await manager.press(SET, value=typed)
    assert manager.status == 422 and "There is a problem" in text and "Please give a number, like 4 or 2.5" in text
    [link] = manager.soup.select(".summary a")
    [field] = manager.soup.select(str(link["href"]))
    assert field["value"] == typed and manager.soup.select(f"#{str(field['aria-describedby']).split()[1]}")
    assert manager.soup.select("details.for-managers[open]") and not await kept(house)


async def test_a_share_has_a_target_from_0_to_100(house: House) -> None:
    await filled(house)
    manager = await house.signed_in(MANAGER)
    await manager.open(address(house, "?measure=answered"))
    assert "Target: at least (%)" in manager.text
    button = "Set this target: Reports with an answer"
    assert "Please give a percentage from 0 to 100." in await manager.press(button, value="100.1")
    text = await manager.press(button, value="90 %")
    assert "Target: at least 90%. Missed consistently (F)" in text and "Target|90%|-|" in (
        manager.soup.select("tfoot tr")[0].get_text("|")
    )
    assert "These figures are not counted so." in (await sent_by_hand(manager, house, "answered", value="9")).text


@pytest.mark.parametrize("measure", ["near_misses", "successes", "success_share", "actions"])
async def test_what_people_choose_to_report_has_no_target(house: House, measure: str) -> None:
    await filled(house)
    manager = await house.signed_in(MANAGER)
    text = await manager.open(address(house, f"?measure={measure}"))
    assert "There is no target for these: " in text and not manager.soup.select("[name=value]")
    await sent_by_hand(manager, house, measure, value="3")
    assert "There is no target for these: " in manager.text and manager.status == 422 and not await kept(house)


async def test_a_target_in_another_figure_is_not_drawn(house: House) -> None:
    manager = await manager_of(house)
    await manager.press(SET, value="6")
    await keep(house, *imported(house.rowan, [6, 7] * 10, "standing"))
    text = await manager.open(address(house))
    assert "The target of 6 a week is not shown: the chart is of uses of restraint per 1,000 occupied bed days." in text
    assert not manager.soup.select(".sign, tfoot, .aim") and manager.fields(SET)[1]["value"] == ""
    text = await manager.press(SET, value="80")
    assert "Target: at most 80 per 1,000 occupied bed days. Met consistently (P)" in text


async def test_of_rare_events_it_is_said_why_nothing_is_said(house: House) -> None:
    await keep(house, *weeks_of(house.rowan, [1, 0] * 26, "restrictive", used=["standing"]))
    manager = await house.signed_in(MANAGER)
    await manager.open(address(house))
    text = await manager.press(SET, value="0.5")
    assert "Target: at most 0.5 a week. This chart shows the days between one and the next" in text
    assert not manager.soup.select(".sign, tfoot")


async def test_a_target_is_for_the_whole_day_and_its_own_ward(house: House) -> None:
    manager = await manager_of(house)
    await manager.press(SET, value="9")
    text = await manager.open(address(house, "?measure=restraint&shift=evening"))
    assert "Targets are for the whole day, so none is shown here." in text
    assert not manager.soup.select(".sign, .for-managers") and "Target:" not in str(manager.soup.select("figure"))
    browser = await house.signed_in(LEADER)
    assert "Target" not in await browser.open("/dashboard/trust?measure=restraint")
