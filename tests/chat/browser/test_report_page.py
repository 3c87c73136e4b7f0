"""The report page over HTTP: whom it believes, what it refuses, and how often."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import httpx

from bot.chat.browser.report import BY_LINK, BY_NETWORK, CODES, GUESSES, WITHIN
from bot.chat.router import Problem
from bot.store.database import AWAY, StoreAway
from bot.store.tables import Ward, new_report_key
from bot.store.wards import save_ward, ward_reported_at
from tests.chat.browser.test_pages import SENT, filled, hidden
from tests.chat.browser.trial import DIGEST, LINK, PAGE, Trial, make_trial, page_at

HOME = f"/report/{LINK}"
REPLACED = "This link is no longer in use"


async def open_form(client: httpx.AsyncClient, home: str = HOME) -> httpx.Response:
    page = await client.get(home)
    return await client.post(f"{home}/command", data={"_csrf": hidden(page, "_csrf"), "name": "near-miss"})


async def report(client: httpx.AsyncClient, home: str = HOME) -> int:
    return (await client.post(f"{home}/form", data=filled(await open_form(client, home)))).status_code


async def replace_link(trial: Trial) -> str:
    async with trial.store() as session:
        ward = await ward_reported_at(session, LINK)
        assert ward
        ward.report_key = new_report_key()
        return ward.report_path


async def another_ward(trial: Trial) -> str:
    async with trial.store() as session:
        willow = await ward_reported_at(session, LINK)
        assert willow
        values = willow.model_dump(exclude={"id", "report_key"}) | {"name": "Alder", "place": {"page": "alder"}}
        return (await save_ward(session, Ward(**values))).report_path


async def test_the_page_shows_three_buttons_and_nothing_that_was_said(trial: Trial, visitor: httpx.AsyncClient) -> None:
    await trial.front.post(page_at(PAGE), DIGEST, "digest")
    page = await visitor.get(HOME)
    assert page.status_code == 200 and "<h1>Willow ward</h1>" in page.text
    assert page.text.count("<button") == 3 and "<article" not in page.text and "Your week" not in page.text
    assert "<script" not in page.text and "style=" not in page.text and PAGE not in page.text
    ward_page = await visitor.get(f"/ward/{PAGE}")
    for header in ("content-security-policy", "referrer-policy", "cache-control", "x-robots-tag"):
        assert page.headers[header] == ward_page.headers[header]
    cookie = page.headers["set-cookie"].lower()
    assert "path=/report;" in cookie and "httponly" in cookie and "max-age=43200" in cookie
    assert (await visitor.get("/report/static/style.css")).status_code == 200


async def test_a_report_is_taken_with_the_wards_own_form(trial: Trial, visitor: httpx.AsyncClient) -> None:
    thanks = await visitor.post(f"{HOME}/form", data=filled(await open_form(visitor), line="All calm"))
    assert thanks.status_code == 200 and SENT in thanks.text
    assert "Share it as a story" not in thanks.text, "nothing can be done here but report"
    assert trial.desk.commands[0].place == page_at(PAGE)
    assert trial.desk.submits[0].answers["line"] == "All calm"
    assert (await visitor.get(f"{HOME}/form")).url.path == HOME
    page = await visitor.get(HOME)
    for name in ("huddle", "drop", ""):
        refused = await visitor.post(f"{HOME}/command", data={"_csrf": hidden(page, "_csrf"), "name": name})
        assert refused.status_code == 400
    assert len(trial.desk.commands) == 1


async def test_what_did_not_come_from_this_page_is_refused(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = filled(await open_form(visitor))
    assert (await visitor.post(f"{HOME}/form", data=form | {"_form": f"{form['_form']}x"})).status_code == 400
    assert (await visitor.post(f"{await another_ward(trial)}/form", data=form)).status_code == 400
    assert (await visitor.post(f"{HOME}/form", data=form | {"_csrf": ""})).status_code == 403
    assert (await visitor.post(f"{HOME}/form", data=form | {"line": "x" * 70_000})).status_code == 413
    async with trial.client() as other:
        assert (await other.post(f"{HOME}/form", data=form)).status_code == 403
    assert not trial.desk.submits


async def test_a_replaced_link_says_no_more_than_one_that_never_was(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = filled(await open_form(visitor))
    new = await replace_link(trial)
    old = await visitor.get(HOME)
    assert old.status_code == 404 and REPLACED in old.text and "ask the ward for its new link" in old.text
    assert (await visitor.post(f"{HOME}/form", data=form)).status_code == 404
    assert (await visitor.post(f"{HOME}/command", data=form)).status_code == 404
    for never in ("/report/never-was", "/report/", f"/report/{PAGE}", f"{new}/anything/else"):
        page = await visitor.get(never)
        assert (page.status_code, page.text) == (404, old.text), never
    assert not trial.desk.submits
    assert await report(visitor, new) == 200


async def test_a_link_takes_so_many_and_the_next_keeps_what_was_typed(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = filled(await open_form(visitor))
    for _ in range(BY_LINK):
        assert (await visitor.post(f"{HOME}/form", data=form)).status_code == 200
    async with trial.client("203.0.113.77") as another:
        mine = await open_form(another)
        late = await another.post(f"{HOME}/form", data=filled(mine, line="We opened the garden"))
        assert late.status_code == 429
        assert "wait a minute" in late.text and "What you typed is still here" in late.text
        assert "We opened the garden" in late.text
        assert await report(another, await another_ward(trial)) == 200, "another ward's link is another's"
        assert len(trial.desk.submits) == BY_LINK + 1

        trial.clock.at += WITHIN / BY_LINK
        assert (await another.post(f"{HOME}/form", data=filled(late))).status_code == 200
        assert (await another.post(f"{HOME}/form", data=filled(late))).status_code == 429
    trial.clock.at += WITHIN
    assert await report(visitor) == 200


async def test_one_address_sends_so_many_whatever_its_links(tmp_path: Path) -> None:
    with patch("bot.chat.browser.report.BY_LINK", 10 * BY_NETWORK):
        trial = await make_trial(tmp_path)
    async with trial.client("2001:db8:0:1::5") as one, trial.client("2001:db8:0:1::6") as same_network:
        form = filled(await open_form(one))
        for _ in range(BY_NETWORK):
            await one.post(f"{HOME}/form", data=form)
        assert await report(same_network) == 429
        async with trial.client("2001:db8:0:2::5") as elsewhere:
            assert await report(elsewhere) == 200
    await trial.store.close()


async def test_guessing_codes_keeps_nobody_from_reporting(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = filled(await open_form(visitor))
    with patch("bot.chat.browser.report.CODE_FORM", "near_miss"):
        for _ in range(CODES):
            assert (await visitor.post(f"{HOME}/form", data=form)).status_code == 200
        late = await visitor.post(f"{HOME}/form", data=form)
        assert late.status_code == 429 and "many codes were given" in late.text
    assert CODES > BY_LINK
    assert await report(visitor) == 200


async def test_links_cannot_be_guessed_for_long(trial: Trial, visitor: httpx.AsyncClient) -> None:
    for number in range(GUESSES):
        assert (await visitor.get(f"/report/guess-{number}")).status_code == 404
    for guess in ("/report/guess", HOME):
        page = await visitor.get(guess)
        assert page.status_code == 429 and "Please try again in a few minutes" in page.text
    async with trial.client("203.0.113.77") as another:
        assert (await another.get(HOME)).status_code == 200
    trial.clock.at += timedelta(minutes=1)
    assert (await visitor.get(HOME)).status_code == 200


async def test_a_problem_keeps_the_form(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = await open_form(visitor)
    trial.desk.fails = StoreAway(AWAY)
    with patch("bot.store.database.Store.__call__", side_effect=StoreAway(AWAY)):
        page = await visitor.post(f"{HOME}/form", data=filled(form, line="All calm"))
        assert page.status_code == 503 and "All calm" in page.text and "What you typed is still here" in page.text
        assert (await visitor.get(HOME)).status_code == 503
    trial.desk.fails = Problem("Reports are closed.")
    closed = await visitor.post(f"{HOME}/form", data=filled(page))
    assert closed.status_code == 422 and "Reports are closed." in closed.text
    trial.desk.fails = None
    assert SENT in (await visitor.post(f"{HOME}/form", data=filled(closed))).text
