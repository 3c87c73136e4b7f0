"""The ward's page over HTTP: what it shows, what it takes, and whom it believes."""

from __future__ import annotations

from html import unescape
from pathlib import Path
import re
from unittest.mock import patch

import httpx
import pytest
from structlog.testing import capture_logs

from bot.chat.browser.front import BrowserFront, page_at
from bot.chat.front import Destination, Passing, Person, Refused
from bot.chat.message import Heading, Message, Text
from bot.chat.router import Problem
from bot.chat.sheet import FORM_LIFE
from bot.store.database import AWAY, StoreAway
from tests.chat.browser.trial import DIGEST, PAGE, REMINDER, Trial, huddle, make_trial

HOME = f"/ward/{PAGE}"
SENT = "Nobody can see who sent it."


def hidden(response: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', response.text)
    assert found, f"no {name} on the page"
    return unescape(found[1])


def button(response: httpx.Response, label: str) -> dict[str, str]:
    """What pressing this button of a message would send."""
    found = re.search(rf'name="_tap" value="([^"]*)"[^>]*>{re.escape(label)}<', response.text)
    assert found, f"no button {label}"
    return {"_csrf": hidden(response, "_csrf"), "_tap": unescape(found[1])}


async def open_form(client: httpx.AsyncClient) -> httpx.Response:
    page = await client.get(HOME)
    return await client.post(f"{HOME}/command", data={"_csrf": hidden(page, "_csrf"), "name": "near-miss"})


def filled(form: httpx.Response, **typed: str | list[str]) -> dict[str, str | list[str]]:
    return {"_csrf": hidden(form, "_csrf"), "_form": hidden(form, "_form"), "when": "morning", **typed}


# The page


async def test_a_page_shows_its_messages_newest_first(trial: Trial, visitor: httpx.AsyncClient) -> None:
    await trial.front.post(page_at(PAGE), DIGEST, "first")
    await trial.front.post(page_at(PAGE), huddle(), "second")
    page = await visitor.get(HOME)
    assert page.status_code == 200
    assert page.text.index("Start-of-day huddle") < page.text.index("Your week: 16 to 22 November")
    assert "Mon 23 Nov, 07:45" in page.text
    assert "<dt>Near misses</dt><dd>3</dd>" in page.text
    assert "Show the figures as a table" in page.text
    assert "Special cause: better" in page.text


async def test_pages_keep_themselves_safe(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get(HOME)
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    cookie = page.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie
    assert "style=" not in page.text and "<style" not in page.text and "onclick" not in page.text
    style = await visitor.get("/ward/static/style.css")
    assert style.status_code == 200 and style.headers["x-content-type-options"] == "nosniff"


async def test_the_cookie_is_secure_behind_https(tmp_path: Path) -> None:
    made = await make_trial(tmp_path, public_url="https://ward.test/huddles")
    async with made.client() as client:
        page = await client.get(HOME)
    assert "secure" in page.headers["set-cookie"].lower()
    assert f'action="/huddles/ward/{PAGE}/command#answer"' in page.text
    await made.store.close()


async def test_an_unknown_page_says_what_to_do(visitor: httpx.AsyncClient) -> None:
    for address in ("/ward/guessed", "/ward/", f"{HOME}/anything", f"{HOME}/chart/none-0.svg"):
        page = await visitor.get(address)
        assert page.status_code == 404, address
        assert "Ask your ward manager" in page.text


async def test_a_leaders_page_only_shows(trial: Trial, visitor: httpx.AsyncClient) -> None:
    await trial.front.post(page_at("leaders"), DIGEST, "leaders-1")
    page = await visitor.get("/ward/leaders")
    assert "Leaders&#39; page" in page.text and "Your week" in page.text
    assert "Report a near miss" not in page.text


async def test_who_reloads_an_answer_comes_to_the_page(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get(f"{HOME}/form")
    assert page.status_code == 200 and page.url.path == HOME


async def test_a_chart_is_drawn_once_and_not_for_other_pages(trial: Trial, visitor: httpx.AsyncClient) -> None:
    await trial.front.post(page_at(PAGE), DIGEST, "digest-1")
    address = f"{HOME}/chart/digest-1-0.svg"
    assert address in (await visitor.get(HOME)).text
    picture = await visitor.get(address)
    again = await visitor.get(address, headers={"if-none-match": picture.headers["etag"]})
    assert picture.headers["content-type"] == "image/svg+xml"
    assert again.status_code == 304
    assert len(trial.drawn) == 1
    assert (await visitor.get("/ward/leaders/chart/digest-1-0.svg")).status_code == 404
    assert (await visitor.get(f"{HOME}/chart/digest-1-1.svg")).status_code == 404


async def test_the_newest_message_can_be_asked_for(trial: Trial, visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get(f"{HOME}/latest")).json() == {"newest": ""}
    await trial.front.post(page_at(PAGE), REMINDER, "r")
    assert (await visitor.get(f"{HOME}/latest")).json() == {"newest": "m-r"}


# Taps and commands


async def test_a_tap_changes_its_message(trial: Trial, visitor: httpx.AsyncClient) -> None:
    await trial.front.post(page_at(PAGE), huddle(), "h")
    tapped = await visitor.post(f"{HOME}/tap", data=button(await visitor.get(HOME), "Skip today"))
    assert tapped.status_code == 200 and tapped.url.path == HOME and tapped.url.fragment == "m-h"
    assert "Skipped today." in tapped.text
    assert trial.desk.taps[0].place == page_at(PAGE)
    assert trial.desk.taps[0].message == Destination("browser", {"page": PAGE, "message": "h"})


async def test_a_message_deleted_meanwhile_is_posted_anew(trial: Trial, visitor: httpx.AsyncClient) -> None:
    await trial.front.post(page_at(PAGE), huddle(), "h")
    press = button(await visitor.get(HOME), "Skip today")
    with patch("bot.store.pages.change_message", return_value=False):
        page = await visitor.post(f"{HOME}/tap", data=press)
    assert page.text.count("<article") == 2
    [moved] = trial.desk.moves
    assert moved.about == "1" and f'id="m-{moved.at.address["message"]}"' in page.text


async def test_a_double_tap_is_the_same_and_another_persons_is_not(trial: Trial) -> None:
    await trial.front.post(page_at(PAGE), REMINDER, "r")
    async with trial.client() as one, trial.client() as other:
        for client in (one, one, other):
            page = await client.post(f"{HOME}/tap", data=button(await client.get(HOME), "We will try it"))
            assert "Noted, thank you." in page.text and "Only you can see this" in page.text
    first, second, third = trial.desk.taps
    assert first == second != third


async def test_a_forged_or_borrowed_button_is_refused(trial: Trial, visitor: httpx.AsyncClient) -> None:
    await trial.front.post(page_at(PAGE), huddle(), "h")
    await trial.front.post(page_at("leaders"), DIGEST, "d")
    press = button(await visitor.get(HOME), "Start")
    assert (await visitor.post(f"{HOME}/tap", data={**press, "_tap": press["_tap"] + "x"})).status_code == 400
    assert (await visitor.post(f"{HOME}/tap", data={**press, "_tap": ""})).status_code == 400
    assert (await visitor.post("/ward/leaders/tap", data=press)).status_code == 400
    assert not trial.desk.taps


async def test_an_unknown_button_or_command_gets_an_answer(trial: Trial, visitor: httpx.AsyncClient) -> None:
    await trial.front.post(page_at(PAGE), REMINDER, "r")
    page = await visitor.get(HOME)
    tapped = await visitor.post(f"{HOME}/tap", data=button(page, "Not for us"))
    assert "not known here any more" in tapped.text
    closed = await visitor.post(f"{HOME}/command", data={"_csrf": hidden(page, "_csrf"), "name": "success"})
    assert closed.status_code == 200 and "closed today" in closed.text
    made_up = await visitor.post(f"{HOME}/command", data={"_csrf": hidden(page, "_csrf"), "name": "drop"})
    assert made_up.status_code == 400


async def test_a_page_that_cannot_be_brought_up_to_date_says_so(trial: Trial, visitor: httpx.AsyncClient) -> None:
    await trial.front.post(page_at(PAGE), huddle(), "h")
    press = button(await visitor.get(HOME), "Skip today")
    with patch.object(BrowserFront, "update", side_effect=Passing("database_away")):
        page = await visitor.post(f"{HOME}/tap", data=press)
    assert "no need to do it again" in page.text


# Forms


async def test_a_report_is_taken_and_its_thanks_are_shown_once(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = await open_form(visitor)
    assert form.status_code == 200 and '<h1 id="answer" tabindex="-1">Report a near miss</h1>' in form.text
    thanks = await visitor.post(
        f"{HOME}/form", data=filled(form, helped=["listening", "tea"], at="07:10", line=" All  calm ", named="yes")
    )
    assert thanks.status_code == 200 and SENT in thanks.text
    assert 'id="answer" class="card private" tabindex="-1"' in thanks.text
    answers = trial.desk.submits[0].answers
    assert answers["helped"] == ("listening", "tea") and answers["named"] is True
    assert answers["line"] == "All calm" and str(answers["at"]) == "07:10:00"
    assert SENT not in (await visitor.get(HOME)).text
    assert trial.desk.submits[0].person.front == "browser"


async def test_a_button_of_a_private_answer_works(trial: Trial, visitor: httpx.AsyncClient) -> None:
    thanks = await visitor.post(f"{HOME}/form", data=filled(await open_form(visitor)))
    page = await visitor.post(f"{HOME}/tap", data=button(thanks, "Share it as a story"))
    assert "A story for the ward" in page.text
    assert trial.desk.taps[0].message is None


async def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(trial: Trial, visitor: httpx.AsyncClient) -> None:
    long = "x" * 300
    typed: dict[str, str | list[str]] = {
        "when": "",
        "line": "Mrs <b>Smith</b>",
        "role": long,
        "helped": ["space"],
        "at": "08:15",
        "named": "yes",
    }
    form = await visitor.post(f"{HOME}/form", data=filled(await open_form(visitor), **typed))
    assert form.status_code == 422 and not trial.desk.submits
    assert '<a href="#f-when">When was it? Please choose one.</a>' in form.text
    assert 'id="answer" class="summary" tabindex="-1"' in form.text
    assert "<title>Error: Report a near miss" in form.text
    assert 'id="f-line-error"' in form.text
    assert 'aria-describedby="f-line-hint f-line-error" aria-invalid="true"' in form.text
    assert "Mrs &lt;b&gt;Smith&lt;/b&gt;" in form.text and "<b>Smith" not in form.text
    assert long in form.text and "maxlength" not in form.text
    assert 'value="08:15"' in form.text
    assert re.search(r'value="space" checked', form.text)
    assert re.search(r'id="f-named" name="named" value="yes" checked', form.text)


async def test_the_handlers_own_errors_are_shown(visitor: httpx.AsyncClient) -> None:
    form = await visitor.post(f"{HOME}/form", data=filled(await open_form(visitor), line="refuse me"))
    assert "The handler refused this." in form.text
    assert "Something else is amiss." in form.text


async def test_a_form_sent_twice_is_known_to_be_one(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = await open_form(visitor)
    wrong = await visitor.post(f"{HOME}/form", data=filled(form, when=""))
    for page in (form, form, wrong, await open_form(visitor)):
        await visitor.post(f"{HOME}/form", data=filled(page))
    first, again, mended, new = (submit.once for submit in trial.desk.submits)
    assert first == again == mended != new


async def test_a_forms_context_comes_back_unchanged(trial: Trial, visitor: httpx.AsyncClient) -> None:
    await trial.front.post(page_at(PAGE), huddle(), "h")
    form = await visitor.post(f"{HOME}/tap", data=button(await visitor.get(HOME), "Start"))
    await visitor.post(f"{HOME}/form", data=filled(form))
    assert trial.desk.submits[0].context == {"huddle": "1"}


async def test_a_forged_form_is_refused(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = filled(await open_form(visitor))
    for token in ("", "nonsense", f"{form['_form']}x", f"x{form['_form']}"):
        page = await visitor.post(f"{HOME}/form", data={**form, "_form": token})
        assert page.status_code == 400, token
    assert (await visitor.post("/ward/leaders/form", data=form)).status_code == 400
    assert not trial.desk.submits


async def test_an_old_form_keeps_what_was_typed(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = await open_form(visitor)
    with patch("bot.chat.sheet.FORM_LIFE", -1):
        old = await visitor.post(f"{HOME}/form", data=filled(form, line="All calm"))
    assert FORM_LIFE == 12 * 60 * 60
    assert old.status_code == 410 and "too old" in old.text and "All calm" in old.text
    assert not trial.desk.submits
    assert SENT in (await visitor.post(f"{HOME}/form", data=filled(old))).text


async def test_a_post_from_elsewhere_is_refused(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = filled(await open_form(visitor))
    async with trial.client() as other:
        assert (await other.post(f"{HOME}/form", data=form)).status_code == 403
        mine = await open_form(other)
        assert (await visitor.post(f"{HOME}/form", data=filled(mine))).status_code == 403
    without = await visitor.post(f"{HOME}/form", data={**form, "_csrf": ""})
    assert without.status_code == 403 and "Nothing was sent" in without.text
    visitor.cookies.clear()
    visitor.cookies.set("wardhuddle_visitor", "forged")
    assert (await visitor.post(f"{HOME}/form", data=form)).status_code == 403
    assert not trial.desk.submits


async def test_too_much_is_refused(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = filled(await open_form(visitor), line="x" * 70_000)
    assert (await visitor.post(f"{HOME}/form", data=form)).status_code == 413
    assert (await visitor.post(f"{HOME}/form", content="a=&" * 600)).status_code == 413
    assert not trial.desk.submits


async def test_a_nul_does_not_reach_the_database(trial: Trial, visitor: httpx.AsyncClient) -> None:
    await visitor.post(f"{HOME}/form", data=filled(await open_form(visitor), line="all\0 calm"))
    assert trial.desk.submits[0].answers["line"] == "all calm"


async def test_markup_is_shown_as_typed(trial: Trial, visitor: httpx.AsyncClient) -> None:
    markup = "<script>alert(1)</script>"
    await trial.front.post(page_at(PAGE), Message("story", markup, (Heading(markup), Text(markup))), "s")
    page = await visitor.get(HOME)
    assert markup not in page.text and page.text.count("&lt;script&gt;alert(1)") == 2


# When something fails


async def test_a_problem_keeps_the_form(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = await open_form(visitor)
    trial.desk.fails = StoreAway(AWAY)
    with patch("bot.store.database.Store.__call__", side_effect=StoreAway(AWAY)):
        page = await visitor.post(f"{HOME}/form", data=filled(form, line="All calm"))
    assert page.status_code == 503
    assert "What you typed is still here" in page.text and "All calm" in page.text
    trial.desk.fails = None
    assert SENT in (await visitor.post(f"{HOME}/form", data=filled(page))).text


async def test_what_a_handler_will_not_take_keeps_the_form(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = await open_form(visitor)
    trial.desk.fails = Problem("Reports are closed.")
    page = await visitor.post(f"{HOME}/form", data=filled(form, line="All calm"))
    assert page.status_code == 422
    assert "Reports are closed. What you typed is still here" in page.text and "All calm" in page.text


async def test_a_page_without_its_database_says_so(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get(HOME)
    with patch("bot.store.database.Store.__call__", side_effect=StoreAway(AWAY)):
        shown = await visitor.get(HOME)
        pressed = await visitor.post(f"{HOME}/command", data={"_csrf": hidden(page, "_csrf"), "name": "success"})
        latest = await visitor.get(f"{HOME}/latest")
    assert shown.status_code == 503 and "database can't be reached" in shown.text
    assert "closed today" in pressed.text
    assert latest.status_code == 503


async def test_a_fault_has_a_reference_and_logs_nothing_typed(trial: Trial, visitor: httpx.AsyncClient) -> None:
    form = await open_form(visitor)
    trial.desk.fails = RuntimeError("about the secret line")
    with capture_logs() as logs:
        page = await visitor.post(f"{HOME}/form", data=filled(form, line="the secret line"))
    assert page.status_code == 500 and "the secret line" in page.text
    reference = re.search(r"reference ([0-9A-F]{8})", page.text)
    assert reference and logs[0]["reference"] == reference[1]
    assert logs[0]["error"] == "RuntimeError"
    assert "secret" not in str(logs) and PAGE not in str(logs)


async def test_a_fault_on_the_page_itself_has_a_reference(visitor: httpx.AsyncClient) -> None:
    with patch("bot.chat.browser.look.latest_messages", side_effect=RuntimeError):
        page = await visitor.get(HOME)
    assert page.status_code == 500 and re.search(r"reference [0-9A-F]{8}", page.text)


# The try-out


async def test_a_sample_ward_moves_to_its_next_prompt(tmp_path: Path) -> None:
    made = await make_trial(tmp_path, forward=True, sample=True)
    async with made.client() as client:
        page = await client.get(HOME)
        assert "Sample ward: invented people, invented figures" in page.text and "Next prompt" in page.text
        moved = await client.post(f"{HOME}/next", data={"_csrf": hidden(page, "_csrf")})
        assert "Start-of-day huddle" in moved.text and moved.url.fragment == "m-forwarded-1"
        assert (await client.post(f"{HOME}/next")).status_code == 403
    assert made.forwarded == [True]
    await made.store.close()


async def test_a_real_ward_is_never_moved(tmp_path: Path) -> None:
    made = await make_trial(tmp_path, forward=True)
    async with made.client() as client:
        page = await client.get(HOME)
        assert "Next prompt" not in page.text and "invented" not in page.text
        assert (await client.post(f"{HOME}/next", data={"_csrf": hidden(page, "_csrf")})).status_code == 404
    assert not made.forwarded
    await made.store.close()


# The front


async def test_the_front_keeps_its_protocol(trial: Trial) -> None:
    front, here = trial.front, page_at(PAGE)
    at = await front.post(here, REMINDER, "occurrence-1")
    assert await front.post(here, DIGEST, "occurrence-1") == at
    assert at == Destination("browser", {"page": PAGE, "message": "occurrence-1"})
    now = front._clock()
    assert await front.find(here, "occurrence-1", now) == at
    assert await front.find(here, "occurrence-2", now) is None
    assert await front.find(page_at("leaders"), "occurrence-1", now) is None
    assert await front.update(at, DIGEST) == at
    anew = await front.update(Destination("browser", {"page": PAGE, "message": "never"}), DIGEST)
    assert await front.find(here, anew.address["message"], now) == anew
    with pytest.raises(Refused):
        await front.say_privately(Person("browser", "x"), DIGEST)
    assert await front.reachable(here)


async def test_the_front_says_when_its_database_is_away(trial: Trial) -> None:
    with patch("bot.store.database.Store.__call__", side_effect=StoreAway(AWAY)), pytest.raises(Passing) as raised:
        await trial.front.post(page_at(PAGE), REMINDER, "r")
    assert raised.value.reason == "database_away"
