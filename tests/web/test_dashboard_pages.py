"""The dashboard's pages over real HTTP: what each shows to whom, what is hidden, and what may be written."""

from __future__ import annotations

import csv
from datetime import timedelta
import io

import pytest

from bot.measures.catalogue import MEASURES
from bot.store import marks
from bot.store.tables import Mark
from tests.web.browser import Browser
from tests.web.conftest import LEADER, MANAGER, NURSE, House
from tests.web.filled import DAY, LAST, NEAR_MISSES, WEEK, filled, imported, keep, report, weeks_of

NOT_FOR_YOU = "We can't show this to you"


def address(house: House, query: str = "") -> str:
    return f"/dashboard/wards/{house.rowan.key}{query}"


async def notes(house: House) -> list[Mark]:
    async with house.stage.house.store() as session:
        return list(await marks.of_wards(session, [house.rowan.key]))


async def note(browser: Browser, house: House, **typed: object) -> str:
    await browser.open(address(house))
    to, sent = browser.fields("Note it")
    sent.pop("rebases", None)
    browser.page = await browser.http.post(to, data=sent | typed)
    return browser.text


# A ward's page


async def test_a_ward_reads_what_changed_before_any_picture(house: House) -> None:
    await filled(house)
    browser = await house.signed_in(NURSE, house.rowan)
    text = await browser.open(address(house))
    assert "Near misses: a real change - the week's 30 is above the usual range" in text
    assert "up to Sunday 15 November 2026. Nothing of today or of this week is counted yet." in text
    assert {one["id"] for one in browser.soup.select(".chart h2")} == {f"m-{key}" for key in MEASURES}
    pictures = browser.soup.select(".chart img")
    assert all(len(str(one["alt"])) > 40 for one in pictures)
    for one in browser.soup.select(".chart:has(img)"):
        assert one.select("details table tbody tr") and one.select("a[download]") and "Why this chart" in one.get_text()
    assert "sensory room opened" in text
    [building, helped] = browser.soup.select(".pair table")
    assert building.get_text(" ", strip=True).endswith("Noise or crowding 342")
    assert "Listening 222" in helped.get_text(" ", strip=True) and "Offering a choice 120" in helped.get_text(" ")
    assert "<script" not in browser.page.text if browser.page else False


async def test_the_picture_is_drawn_apart_and_sent_once(house: House) -> None:
    await filled(house)
    browser = await house.signed_in(NURSE, house.rowan)
    where = f"{address(house)}/charts/near_misses.svg"
    picture = await browser.http.get(where)
    assert (
        picture.headers["content-type"] == "image/svg+xml" and "sandbox" in picture.headers["content-security-policy"]
    )
    assert "<title" in picture.text and "<desc" in picture.text and "Rowan: Near misses" in picture.text
    again = await browser.http.get(where, headers={"if-none-match": picture.headers["etag"]})
    assert again.status_code == 304 and "private" in again.headers["cache-control"]


async def test_what_was_reported_since_the_last_week_is_nowhere(house: House) -> None:
    await filled(house)
    browser = await house.signed_in(NURSE, house.rowan)
    before = await browser.open(address(house))
    await keep(house, *(report(house.rowan, LAST + timedelta(days=days), building=["waiting"]) for days in range(1, 8)))
    assert await browser.open(address(house)) == before
    house.later(hours=4)  # Monday
    assert "Waiting for something" in await browser.open(address(house))


async def test_a_choice_is_kept_in_the_address_and_can_be_made_without_scripts(house: House) -> None:
    await filled(house)
    await keep(house, *weeks_of(house.rowan, [6] * 20, shift_band="night"))
    browser = await house.signed_in(MANAGER, house.rowan)
    await browser.open("/dashboard/")
    [form] = browser.soup.select("form.choose")
    chosen = {"ward": str(house.rowan.key), "measure": "near_misses", "weeks": "52", "shift": "night"}
    browser.page = await browser.http.get(str(form["action"]), params=chosen)
    assert browser.page.url.path.endswith(f"/wards/{house.rowan.key}")
    assert dict(browser.page.url.params) == {"measure": "near_misses", "weeks": "52", "shift": "night"}
    assert [one.get_text() for one in browser.soup.select(".chart h2")] == ["Near misses"]
    assert {row.select("td")[0].get_text() for row in browser.soup.select(".chart tbody tr")} == {"6"}
    chosen_now = [one.get_text() for one in browser.soup.select("form.choose option[selected]")]
    assert chosen_now == ["Rowan", "Near misses", "52 weeks", "Night (about 9pm to 7am)"]
    assert "Huddles held" in await browser.open(address(house, "?shift=night")) and not browser.soup.select(
        "#m-huddles"
    )
    assert "Not known by part of the day, so not shown here: Reports with an answer; Huddles held" in browser.text


@pytest.mark.parametrize(
    "query", ["?weeks=25", "?weeks=x", "?weeks=-26", "?measure=all", "?shift=dawn", "?measure=%00", "?weeks=2%EF%BC%96"]
)
async def test_what_is_not_on_offer_is_said_kindly(house: House, query: str) -> None:
    browser = await house.signed_in(LEADER)
    for page in ("/dashboard/", address(house), "/dashboard/trust", f"{address(house)}/charts/all.svg"):
        assert "We don't know that choice" in await browser.open(page + query) and browser.status == 400


async def test_a_file_holds_no_formula(house: House) -> None:
    await filled(house)
    await house.change(house.rowan, name="=Rowan")
    await keep(house, Mark(ward_id=house.rowan.key, day=LAST, text="@SUM(A1)", by="slack:U0MANAGER"))
    browser = await house.signed_in(NURSE, house.rowan)
    answer = await browser.http.get(f"{address(house)}/figures/near_misses.csv")
    assert answer.headers["content-type"].startswith("text/csv") and "rowan-near-misses.csv" in str(answer.headers)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["value"] for row in rows] == [*map(str, NEAR_MISSES[:-1]), "30"]
    assert {row["ward"] for row in rows} == {"'=Rowan"} and rows[-1]["notes"] == "'@SUM(A1)"
    assert rows[-1]["meaning"] == "Special cause: higher" and rows[0]["usual_from"] and rows[0]["from"] == "2026-06-29"
    assert rows[-5]["notes"] == "sensory room opened"


async def test_an_empty_ward_and_gaps_are_said(house: House) -> None:
    browser = await house.signed_in(MANAGER)
    assert "Not enough data yet to tell a real change from chance." in browser.text
    assert "No figures yet" in await browser.open(address(house)) and not browser.soup.select("figure")
    assert (await browser.http.get(f"{address(house)}/charts/near_misses.svg")).status_code == 404
    counts = imported(house.rowan, [10, 12, 11] * 6)
    await keep(
        house, *(one for one in counts if one.week not in (LAST - 5 * WEEK + timedelta(days=1), counts[-1].week))
    )
    text = await browser.open(address(house, "?measure=seclusion"))
    assert "1 week without figures left out: not counted as 0." in text
    assert "The latest week with figures began on 2 Nov 2026." in text
    assert "In per 1,000 occupied bed days." in text


# Whose ward it is


async def test_someone_elses_ward_is_not_told_from_none(house: House) -> None:
    await filled(house)
    nurse = await house.signed_in(NURSE, house.rowan)
    for there, nowhere in (
        (f"/dashboard/wards/{house.hazel.key}", "/dashboard/wards/99999999999999999999"),
        (f"/dashboard/wards/{house.hazel.key}/charts/near_misses.svg", "/dashboard/wards/999/charts/near_misses.svg"),
        (f"/dashboard/wards/{house.hazel.key}/figures/near_misses.csv", "/dashboard/wards/999/figures/near_misses.csv"),
        (f"/dashboard/wards?ward={house.hazel.key}", "/dashboard/wards?ward=x"),
        ("/dashboard/trust", "/dashboard/nothing"),
    ):
        said = await nurse.open(there), nurse.status
        assert said == (await nurse.open(nowhere), nurse.status) and NOT_FOR_YOU in said[0] and said[1] == 404
    leader = await house.signed_in(LEADER)
    assert NOT_FOR_YOU in await leader.open(f"/dashboard/wards/{house.birch.key}")
    await nurse.open(address(house))
    _, sent = nurse.fields("Note it")
    for where in (house.hazel.key, 999):
        nurse.page = await nurse.http.post(f"/dashboard/wards/{where}/notes", data=sent | {"text": "x"})
        assert nurse.status == 404 and NOT_FOR_YOU in nurse.text


async def test_real_changes_come_first_then_names(house: House) -> None:
    await filled(house)
    leader = await house.signed_in(LEADER)
    assert [one.get_text() for one in leader.soup.select(".wards h3")] == ["Rowan", "Hazel"]
    assert "Near misses: a real change - the week's 30 is above" in leader.text and "no ranking" in leader.text


async def test_whoever_has_several_wards_sees_them_together_with_nothing_kept_back(house: House) -> None:
    await keep(house, *weeks_of(house.rowan, [10] * 20), *weeks_of(house.hazel, [3] * 20))
    await keep(house, *weeks_of(house.birch, [90] * 20))
    leader = await house.signed_in(LEADER)
    await leader.open("/dashboard/?measure=near_misses&weeks=52")
    [heading, *_] = leader.soup.select("main h2")
    assert heading.get_text() == "Your wards together"
    [picture] = leader.soup.select("figure img")
    assert (await leader.http.get(picture.attrs["src"])).headers["content-type"] == "image/svg+xml"
    [file] = leader.soup.select("a[download]")
    rows = list(csv.DictReader(io.StringIO((await leader.http.get(file.attrs["href"])).text)))
    assert {(row["ward"], row["value"]) for row in rows} == {("Your wards together", "13")}, "theirs, and no others"
    nurse = await house.signed_in(NURSE, house.rowan)
    assert "Your wards together" not in nurse.text
    assert NOT_FOR_YOU in await nurse.open("/dashboard/charts/near_misses.svg")


async def test_a_chart_of_nights_says_so_in_its_picture_and_its_file(house: House) -> None:
    await keep(house, *weeks_of(house.rowan, [10] * 20, shift_band="night"))
    leader = await house.signed_in(LEADER)
    await leader.open(address(house, "?shift=night&measure=near_misses"))
    [picture], [file] = leader.soup.select("figure img"), leader.soup.select("a[download]")
    assert "Rowan, Night" in leader.soup.select("figcaption")[0].get_text() and picture.attrs["alt"]
    answer = await leader.http.get(file.attrs["href"])
    assert 'filename="rowan-night-' in answer.headers["content-disposition"]
    assert next(csv.DictReader(io.StringIO(answer.text)))["ward"].startswith("Rowan, Night")


# The trust's page


async def lines(browser: Browser, query: str) -> dict[str, str]:
    await browser.open(f"/dashboard/trust?{query}")
    rows = browser.soup.select("#by-ward ~ table tbody tr")
    return {row.select("th")[0].get_text(strip=True): row.select("td")[0].get_text(strip=True) for row in rows}


async def test_a_leader_sees_no_small_numbers_beyond_their_wards(house: House) -> None:
    await filled(house)
    await keep(house, *weeks_of(house.birch, [7, 8, 6, 7] * 5))
    leader = await house.signed_in(LEADER)
    seen = await lines(leader, "measure=near_misses")
    assert list(seen) == ["Rowan", "Birch", "Hazel"], "a real change first, then by name"
    assert "no real change" in seen["Birch"] and "Not enough data" not in seen["Hazel"]
    assert leader.soup.select("#m-near_misses") and leader.soup.select("a[download]")
    await keep(house, report(house.birch, LAST - 3 * WEEK - timedelta(days=300)))  # long ago, and a small number
    house.later(minutes=10)
    seen = await lines(leader, "measure=near_misses")
    assert seen["Birch"] == "Small numbers: not shown"
    await lines(leader, "measure=restraint")
    assert leader.soup.select("#m-restraint"), "Rowan's is theirs, and Birch has none"


async def test_a_total_that_would_tell_a_small_number_is_not_shown(house: House) -> None:
    await keep(house, *weeks_of(house.rowan, NEAR_MISSES), *weeks_of(house.birch, [7] * 19 + [3]))
    leader = await house.signed_in(LEADER)
    for query in ("measure=near_misses", "measure=answered", "measure=success_share", "measure=near_misses&weeks=104"):
        seen = await lines(leader, query)
        assert seen["Birch"] == "Small numbers: not shown" and "not shown: they are too small" in leader.text, query
    for of in ("charts/near_misses.svg", "figures/near_misses.csv"):
        assert NOT_FOR_YOU in await leader.open(f"/dashboard/trust/{of}")
    await house.change(house.birch, place={"workspace": "T0TRUST", "channel": "C0BIRCH"}, leaders=["U0LEAD"])
    await lines(leader, "measure=near_misses")
    assert leader.soup.select("#m-near_misses"), "it is theirs now"


# Notes


async def test_a_note_stands_on_the_charts_until_it_is_removed(house: House) -> None:
    await keep(house, *weeks_of(house.rowan, NEAR_MISSES))
    nurse, manager = await house.signed_in(NURSE, house.rowan), await house.signed_in(MANAGER)
    assert "Mon 2 Nov 2026 : <b>Garden</b> opened" in await note(
        nurse, house, day="2026-11-02", text="<b>Garden</b> opened"
    )
    [kept] = await notes(house)
    assert (kept.text, kept.by, kept.rebases) == ("<b>Garden</b> opened", "slack:U0NURSE", [])
    assert "<b>Garden" not in nurse.page.text if nurse.page else False
    alt = str(nurse.soup.select_one("#m-near_misses ~ figure img")["alt"])  # type: ignore[index]
    assert "2 Nov: <b>Garden</b> opened." in alt
    other = await house.signed_in(LEADER)
    await other.open(address(house))
    assert "Remove" not in other.text, "a leader takes back only what they wrote"
    _, sent = other.fields("Note it")
    other.page = await other.http.post(f"{address(house)}/notes/{kept.id}/remove", data=sent)
    assert other.status == 404 and len(await notes(house)) == 1
    await manager.open(address(house))
    assert "None in this period." in await manager.press("Remove") and not await notes(house)


async def test_a_manager_has_limits_start_anew_and_the_reason_is_kept(house: House) -> None:
    await keep(house, *weeks_of(house.rowan, [10, 11, 9, 10] * 4 + [5, 6, 4, 5] * 4))
    manager = await house.signed_in(MANAGER)
    assert "a real change" in await manager.open(address(house, "?measure=near_misses&weeks=52"))
    await note(manager, house, day="2026-07-27", text="quiet room opened", rebases=["near_misses"])
    [kept] = await notes(house)
    assert (kept.rebases, kept.by) == (["near_misses"], "slack:U0MANAGER")
    text = await manager.open(address(house, "?measure=near_misses&weeks=52"))
    assert "Near misses: no real change." in text
    assert "From the first point on or after 27 Jul 2026, limits start anew: quiet room opened." in text
    alt = str(manager.soup.select("figure img")[0]["alt"])
    assert "27 Jul: quiet room opened (limits start anew)." in alt and alt.count("average") == 2


@pytest.mark.parametrize("who", [NURSE, LEADER])
async def test_only_a_manager_has_limits_start_anew(house: House, who: object) -> None:
    await keep(house, *weeks_of(house.rowan, NEAR_MISSES))
    browser = await house.signed_in(who, house.rowan)  # type: ignore[arg-type]
    await browser.open(address(house))
    assert not browser.soup.select("[name=rebases]")
    text = await note(browser, house, day="2026-11-02", text="quiet room", rebases=["near_misses"])
    assert "Only a manager of this ward can have limits start anew" in text and browser.status == 422
    assert not await notes(house)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": "2026-11-23"}, "That day has not come yet"),
        ({"day": "2026-06-28"}, "Please choose a day from 29 June 2026 on"),
        ({"day": "yesterday"}, "Please give the day"),
        ({"day": ""}, "Please give the day"),
        ({"text": " "}, "Please say what changed"),
        ({"text": "\u200b\u2800 \u202e"}, "Please say what changed"),
        ({"text": "x" * 81}, "Please keep it to 80 characters; this is 81"),
        ({"text": "NHS number 943 476 5919"}, "could point to a patient"),
        ({"text": "Mr Smith moved in"}, "could point to a patient"),
        ({"rebases": "everything"}, "Please choose from the list"),
    ],
)
async def test_a_note_that_can_not_be_kept_is_not_and_what_was_typed_stays(
    house: House, typed: dict[str, str], said: str
) -> None:
    await keep(house, *weeks_of(house.rowan, NEAR_MISSES))
    manager = await house.signed_in(MANAGER)
    sent = {"day": "2026-11-02", "text": "sensory room opened"} | typed
    assert said in await note(manager, house, **sent) and manager.status == 422
    assert "There is a problem" in manager.text and not await notes(house)
    for name in ("day", "text"):
        [field] = manager.soup.select(f"input[name={name}]")
        assert field["value"] == (sent[name] or "2026-11-22")


async def test_a_note_comes_from_our_own_page_and_once(house: House) -> None:
    manager = await house.signed_in(MANAGER)
    manager.page = await manager.http.post(f"{address(house)}/notes", data={"day": "2026-11-22", "text": "x"})
    assert manager.status == 403 and not await notes(house)
    for _ in range(2):
        await note(manager, house, day="2026-11-22", text="sensory \u202eroom\x07 \u200b opened")
    assert (await notes(house))[0].text == "sensory room opened"
    assert "say so at that day already" in manager.text and len(await notes(house)) == 1
    for nth in range(5):
        await note(manager, house, day="2026-11-22", text=f"change {nth}")
    assert "There are 5 notes at that day already" in manager.text and len(await notes(house)) == 5
    days = (LAST - nth * DAY for nth in range(1, 56))
    await keep(house, *weeks_of(house.rowan, NEAR_MISSES))
    await keep(house, *(Mark(ward_id=house.rowan.key, day=day, text="x" * 80, by="slack:U") for day in days))
    await note(manager, house, day="2026-11-21", text="new rota")
    assert "This ward's charts have 60 notes already" in manager.text and manager.status == 422
    assert len(await notes(house)) == 60
    assert manager.page and len(manager.page.content) < 200_000
