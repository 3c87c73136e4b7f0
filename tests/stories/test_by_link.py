"""The page behind a poster's QR code: for a ward on any front, with nothing to read and nobody to be known by."""

from __future__ import annotations

import logging

import pytest
from structlog.testing import capture_logs

from bot.handlers.report_form import ALWAYS_ANONYMOUS
from tests.stories.actors import AtThePage
from tests.stories.conftest import Ward
from tests.stories.test_anonymity import everything_in
from tests.stories.test_stories import MONDAY, REPORT, kept_reports

EVERY_FRONT = pytest.mark.parametrize("way", ["slack over http", "teams", "browser"])
ADDRESS = "203.0.113.77"
LINE = "Calmer once the radio was off"
NOT_OURS = ("httpcore", "httpx", "uvicorn.access")
"""The client's own logs, and what our server is told not to write."""
FIELD = "Anything else, in one line"


@EVERY_FRONT
async def test_a_report_by_the_link_reaches_the_wards_own_channel_and_leads_back_to_nobody(
    ward: Ward, database_url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    await ward.stage.at(MONDAY)
    staff = await ward.somebody()
    visitor = AtThePage(ward.stage.url, ward.ward.report_path, ADDRESS)
    with capture_logs() as logged:
        await visitor.open()
        assert "Rowan" in visitor.shown and "nobody watches this" in visitor.shown
        assert "not the formal record" in visitor.shown
        assert "Start huddle" not in visitor.shown and "Start of day huddle" not in visitor.shown

        await visitor.command("/report")
        await visitor.fill(REPORT | {FIELD: "Mr Smith in bed 4 was calmer", "Share with the ward's channel": True})
        await visitor.submit()
        assert "Mr Smith" in visitor.errors[FIELD]
        assert visitor.typed(FIELD) == "Mr Smith in bed 4 was calmer"
        assert await kept_reports(ward) == []

        await visitor.fill({FIELD: LINE})
        await visitor.submit()
        assert "with no trace of who you are" in visitor.told()
        assert "will appear in the channel" in visitor.told()
        await ward.stage.at("2026-11-23 08:46")
    [report] = await kept_reports(ward)
    assert (report.kind, report.line, report.reporter) == ("near_miss", LINE, None)
    channel = await staff.channel()
    assert channel.count("A near miss was shared") == 1 and LINE in channel

    database = everything_in(database_url)
    assert LINE in database, "the search sees what is stored"
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(NOT_OURS)]
    logs = "\n".join((*map(str, logged), *ours, *capfd.readouterr()))
    assert logged, "the search sees what is logged"
    for trace in (visitor.name, ADDRESS):
        assert len(trace) > 6
        assert trace not in database + logs
    assert LINE not in logs and ward.ward.report_key not in logs


@pytest.mark.parametrize("way", ["browser"])
async def test_a_wards_two_pages_are_not_each_others(ward: Ward) -> None:
    for page in (f"/ward/{ward.ward.report_key}", f"/report/{ward.ward.place['page']}", "/report/%00"):
        visitor = AtThePage(ward.stage.url, page)
        await visitor.open()
        assert visitor.status == 404


@pytest.mark.parametrize("way", ["slack over http"])
async def test_a_page_that_knows_nobody_does_not_offer_to_keep_a_name(ward: Ward) -> None:
    visitor = AtThePage(ward.stage.url, ward.ward.report_path)
    await visitor.command("/success")
    assert "Keep me anonymous" not in visitor.form and ALWAYS_ANONYMOUS in visitor.form
    await visitor.fill(REPORT)
    await visitor.submit()
    [report] = await kept_reports(ward)
    assert (report.kind, report.reporter) == ("success", None)
