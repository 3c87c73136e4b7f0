"""The dashboard's door over real HTTP: whom it lets in, whom it does not, and how it says so."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from unittest.mock import patch

from itsdangerous import URLSafeSerializer
import pytest
from sqlmodel import select

from bot.chat.front import Person
from bot.chat.message import Button, Buttons
from bot.chat.router import Opened, Problem, Reply, Tap
from bot.store.database import AWAY, Store, StoreAway
from bot.store.tables import Seen
from tests.stage import stage
from tests.web.conftest import ADDRESS, LEADER, MANAGER, NURSE, WARDS, House

ASK = "Please sign in from chat"

# The link


async def test_looking_at_a_link_signs_nobody_in_and_does_not_use_it_up(house: House) -> None:
    link = await house.link(NURSE, house.rowan)
    scanner = house.browser()
    for _ in range(3):
        assert "Sign in to the dashboard" in await scanner.open(link)
    assert ASK in await scanner.open("/dashboard/")
    assert (await scanner.http.head(link.removeprefix(ADDRESS))).status_code == 200
    nurse = house.browser()
    assert "Rowan: you are its staff" in await nurse.sign_in(link)


async def test_a_link_works_once(house: House) -> None:
    link = await house.link(NURSE, house.rowan)
    first, second, third = house.browser(), house.browser(), house.browser()
    await second.open(link)
    await first.sign_in(link)
    assert "This link was used already" in await second.press("Sign in"), "it was open there before"
    assert second.status == HTTPStatus.GONE
    assert "This link was used already" in await third.open(link)
    assert "type /huddle dashboard" in third.text.lower()
    assert ASK in await second.open("/dashboard/")
    assert "Rowan" in await first.open("/dashboard/"), "whoever used it stays in"
    assert "Open the dashboard" in await first.open(link), "who pressed twice is in"


async def test_a_link_works_within_ten_minutes(house: House) -> None:
    link = await house.link(NURSE, house.rowan)
    browser = house.browser()
    await browser.open(link)
    house.later(minutes=9, seconds=59)
    other = house.browser()
    assert "Sign in to the dashboard" in await other.open(link)
    house.later(seconds=1)
    assert "This link is too old" in await browser.press("Sign in")
    assert "This link is too old" in await browser.open(link) and browser.status == HTTPStatus.GONE


def _other_secret(link: str) -> str:
    held = URLSafeSerializer("another secret", salt="dashboard-link").dumps(
        ["slack", "T0TRUST", "U0MANAGER", 1, "key", 9_999_999_999]
    )
    return f"{ADDRESS}/dashboard/in/{held}"


@pytest.mark.parametrize(
    "forge",
    [
        lambda link: link[:-9] + ("A" if link[-9] != "A" else "B") + link[-8:],
        lambda link: link[: len(link) // 2],
        lambda link: f"{link}x",
        lambda link: f"{ADDRESS}/dashboard/in/" + "x" * 5_000,
        lambda link: f"{ADDRESS}/dashboard/in/%00%FF",
        _other_secret,
    ],
)
async def test_a_forged_link_is_not_known(house: House, forge: Callable[[str], str]) -> None:
    browser = house.browser()
    text = await browser.open(forge(await house.link(NURSE, house.rowan)))
    assert browser.status == HTTPStatus.NOT_FOUND and "We don't know this link" in text
    assert ASK in await browser.open("/dashboard/")


async def test_a_link_is_no_session_and_a_session_no_link(house: House) -> None:
    link = await house.link(NURSE, house.rowan)
    token = link.rpartition("/")[2]
    browser = house.browser()
    browser.http.cookies.set("wardhuddle_dashboard", token)
    assert ASK in await browser.open("/dashboard/")
    signed = await house.signed_in(NURSE, house.rowan)
    other = house.browser()
    assert "We don't know this link" in await other.open(f"/dashboard/in/{signed.http.cookies['wardhuddle_dashboard']}")


async def test_a_button_of_another_site_signs_nobody_in(house: House) -> None:
    """Else somebody could be made to look at what another may see, or to work in another's name."""
    token = (await house.link(NURSE, house.rowan)).rpartition("/")[2]
    victim = house.browser()
    victim.page = await victim.http.post("/dashboard/in", data={"token": token})
    assert victim.status == HTTPStatus.FORBIDDEN and "could not tell that this came from you" in victim.text
    attacker = house.browser()
    await attacker.open(f"/dashboard/in/{token}")
    _, sent = attacker.fields("Sign in")
    victim.page = await victim.http.post("/dashboard/in", data=sent)
    assert victim.status == HTTPStatus.FORBIDDEN
    victim.page = await victim.http.post("/dashboard/in", data={"token": "x" * 70_000})
    assert victim.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


async def test_without_an_address_it_is_said_what_to_do(database_url: str, tmp_path: Path) -> None:
    async with stage("browser", database_url, tmp_path, "2026-11-22 21:00") as set_up:
        house = House(set_up, *await set_up.wards(WARDS))
        with pytest.raises(Problem, match="set PUBLIC_URL"):
            await house.link(NURSE, house.rowan)


# The session


async def test_a_session_lasts_eight_hours_and_its_cookie_is_kept_safe(house: House) -> None:
    browser = house.browser()
    await browser.open(await house.link(NURSE, house.rowan))
    address, sent = browser.fields("Sign in")
    answer = await browser.http.post(address, data=sent, follow_redirects=False)
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("wardhuddle_dashboard="))
    for word in ("HttpOnly", "Max-Age=28800", "Path=/dashboard", "SameSite=lax"):
        assert word in cookie
    assert "Secure" not in cookie and answer.headers["cache-control"] == "no-store"
    house.later(hours=7, minutes=59)
    page = await browser.http.get("/dashboard/")
    assert "Rowan" in page.text and page.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    house.later(minutes=1)
    browser.page = page
    assert "You are signed out" in await browser.press("Sign out"), "who was out already is out"
    assert ASK in await browser.open("/dashboard/") and browser.status == HTTPStatus.FORBIDDEN


async def test_behind_https_cookies_are_secure_and_addresses_begin_with_its_path(
    database_url: str, tmp_path: Path
) -> None:
    address = "https://ward.test/huddles"
    async with stage("browser", database_url, tmp_path, "2026-11-22 21:00", public_url=address) as set_up:
        house = House(set_up, *await set_up.wards(WARDS))
        link = await house.link(NURSE, house.rowan)
        assert link.startswith(f"{address}/dashboard/in/")
        browser = house.browser()
        await browser.open(link.removeprefix("https://ward.test/huddles"))
        assert browser.fields("Sign in")[0] == "/huddles/dashboard/in"
        assert browser.page
        known = browser.page.headers["set-cookie"]
        _, sent = browser.fields("Sign in")
        cookie = {"cookie": known.partition(";")[0]}
        answer = await browser.http.post("/dashboard/in", data=sent, headers=cookie, follow_redirects=False)
        signed, gone = answer.headers.get_list("set-cookie")
        cookie = {"cookie": signed.partition(";")[0]}
        browser.page = await browser.http.get("/dashboard/", headers=cookie)
        assert "Rowan: you are its staff" in browser.text
        _, sent = browser.fields("Sign out")
        out = await browser.http.post("/dashboard/out", data=sent, headers=cookie)
        for one in (known, signed, gone, out.headers.get_list("set-cookie")[-1]):
            assert one.startswith("__Host-wardhuddle_dashboard"), "no sibling of this host can set such a cookie"
            assert "; Path=/;" in f"{one};" and "; Secure" in one and "; HttpOnly" in one and "Domain" not in one
        assert gone.split("=")[0] == known.split("=")[0] and "Max-Age=0" in gone


async def test_a_cookie_of_ours_sent_twice_is_refused(house: House) -> None:
    """Whoever can set a cookie for a sibling's host would have somebody look, or write, as another."""
    theirs, tossed = await house.signed_in(NURSE, house.rowan), await house.signed_in(LEADER)
    good, evil = (f"wardhuddle_dashboard={one.http.cookies['wardhuddle_dashboard']}" for one in (theirs, tossed))
    _, sent = tossed.fields("Sign out")
    browser = house.browser()
    for cookies in ([good, evil], [evil, good], [f"{good}; {evil}"], [f"{evil};wardhuddle_dashboard =x"], [good, good]):
        headers = [("cookie", one) for one in cookies]
        for page in ("/dashboard/", f"/dashboard/wards/{house.rowan.key}", "/dashboard/trust", "/dashboard/x"):
            browser.page = await browser.http.get(page, headers=headers)
            assert browser.status == HTTPStatus.BAD_REQUEST and "sent two sign-ins" in browser.text, (page, cookies)
            assert "Rowan" not in browser.text and "clear this browser's cookies" in browser.text
        browser.page = await browser.http.post("/dashboard/out", data=sent, headers=headers)
        assert browser.status == HTTPStatus.BAD_REQUEST
    assert "Rowan" in await theirs.open("/dashboard/") and "Rowan" in await tossed.open("/dashboard/")


async def test_who_signs_out_is_out_also_with_a_copied_cookie(house: House) -> None:
    browser = await house.signed_in(NURSE, house.rowan)
    copied = browser.http.cookies["wardhuddle_dashboard"]
    browser.page = await browser.http.post("/dashboard/out", data={})
    assert browser.status == HTTPStatus.FORBIDDEN, "nobody is signed out by another site"
    await browser.open("/dashboard/")
    assert "You are signed out" in await browser.press("Sign out") and "Sign out" not in browser.text
    browser.http.cookies.set("wardhuddle_dashboard", copied, domain="127.0.0.1", path="/dashboard")
    assert ASK in await browser.open("/dashboard/")


async def test_what_is_kept_of_links_leads_to_nobody(house: House) -> None:
    browser = await house.signed_in(NURSE, house.rowan)
    await browser.press("Sign out")
    async with house.stage.house.store() as session:
        seen = (await session.exec(select(Seen))).all()
    assert len(seen) == 2 and all(len(one.key) == 64 and "U0NURSE" not in one.key for one in seen)


async def test_nobody_who_is_not_signed_in_learns_what_is_there(house: House) -> None:
    browser = house.browser()
    for address in (
        "/dashboard",
        "/dashboard/",
        f"/dashboard/ward/{house.rowan.key}",
        "/dashboard/ward/999",
        "/dashboard/x",
    ):
        assert ASK in await browser.open(address), address
        assert "Rowan" not in browser.text
    assert (await browser.http.get("/dashboard/static/style.css")).status_code == 200


async def test_while_the_database_is_away_that_is_said(house: House) -> None:
    browser = await house.signed_in(NURSE, house.rowan)
    with patch.object(Store, "__call__", side_effect=StoreAway(AWAY)):
        assert "can't reach our database" in await browser.open("/dashboard/")
    assert browser.status == HTTPStatus.SERVICE_UNAVAILABLE


# The roles


async def test_each_sees_the_wards_they_are_somebody_to(house: House) -> None:
    for person, ward, seen in (
        (NURSE, house.rowan, ["Rowan: you are its staff"]),
        (MANAGER, house.rowan, ["Hazel: you are its leader", "Rowan: you are its manager"]),
        (MANAGER, None, ["Hazel: you are its leader", "Rowan: you are its manager"]),
        (LEADER, None, ["Hazel: you are its leader", "Rowan: you are its leader"]),
        (LEADER, house.rowan, ["Hazel: you are its leader", "Rowan: you are its leader"]),
    ):
        browser = await house.signed_in(person, ward)
        assert [one.get_text() for one in browser.soup.select(".wards .note")] == seen, person.id
        assert "Birch" not in browser.text, "an id counts in one workspace alone"


async def test_staff_see_the_ward_they_asked_in_and_at_home_all_that_they_use(house: House) -> None:
    with pytest.raises(Problem, match="There is no ward for you here yet"):
        await house.link(NURSE)
    assert "Hazel" not in (await house.signed_in(NURSE, house.rowan)).text
    assert "Rowan" not in (await house.signed_in(NURSE, house.hazel)).text
    both = (await house.signed_in(NURSE)).text
    assert "Hazel" in both and "Rowan" in both


async def test_a_role_that_is_taken_away_is_gone_at_the_next_request(house: House) -> None:
    manager, leader = await house.signed_in(MANAGER), await house.signed_in(LEADER)
    await house.change(house.rowan, managers=["U0OTHER"], leaders=[])
    assert "Rowan" not in await manager.open("/dashboard/") and "Hazel" in manager.text
    assert "Rowan" not in await leader.open("/dashboard/") and "Hazel" in leader.text
    await house.change(house.hazel, leaders=["U0LEAD"])
    assert "There is no ward for you here" in await manager.open("/dashboard/")
    await house.change(house.rowan, managers=["U0MANAGER"])
    assert "Rowan: you are its manager" in await manager.open("/dashboard/"), (
        "and is there again as soon as it is given"
    )


async def test_who_is_of_another_workspace_is_no_staff(house: House) -> None:
    """A ward that moved has other people; and in a channel shared with others an outsider may have used a command."""
    here, home = await house.signed_in(NURSE, house.rowan), await house.signed_in(NURSE)
    await house.change(house.rowan, place={"workspace": "T0NEW", "channel": "C0NEW"}, place_key="slack:new")
    for browser in (here, home):
        for page in ("/dashboard/", f"/dashboard/wards/{house.rowan.key}"):
            assert "There is no ward for you here" in await browser.open(page) and browser.status == 403
    with pytest.raises(Problem, match="There is no ward for you here yet"):
        await house.link(NURSE)


async def test_an_id_is_looked_for_whole(house: House) -> None:
    """Not as a part of another's, nor as a pattern."""
    await house.change(house.rowan, managers=["U0MANAGERS", 'x"U0', "%"], leaders=["U_"])
    for id in ("U0MANAGER", "0MANAGERS", 'x"U', "U0", "UX"):
        with pytest.raises(Problem):
            await house.link(Person("slack", id, "T0NOWHERE"))
    await house.change(house.hazel, leaders=[])
    for id in ("U0MANAGER", "0MANAGERS", "%%", "UX"):
        with pytest.raises(Problem):
            await house.link(Person("slack", id, "T0TRUST"))
    assert await house.link(Person("slack", 'x"U0', "T0TRUST"))


async def test_home_has_a_button_for_the_link(house: House) -> None:
    [home] = await house.stage.house.router.answer(Opened("home", MANAGER, "1"))
    assert isinstance(home, Reply)
    buttons = [one for part in home.message.parts if isinstance(part, Buttons) for one in part.buttons]
    [button] = [one for one in buttons if one.label == "Dashboard"]
    assert isinstance(button, Button)
    [reply] = await house.stage.house.router.answer(Tap(button.action, button.value, MANAGER))
    assert isinstance(reply, Reply) and reply.message.kind == "dashboard_link"
