"""What `bot check` says of Teams."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from bot.chat.front import Passing, Refused, SendError
from bot.chat.teams.check import check
from bot.chat.teams.cloud import Cloud
from bot.settings import Settings
from tests.stage import settings_for

GUID = "12345678-9abc-def0-1234-56789abcdef0"


def settings(folder: Path, **more: object) -> Settings:
    return settings_for("", folder, teams_client_id=GUID, teams_tenant_id=GUID, **more)


def cloud(error: SendError | None = None) -> Cloud:
    async def token(scope: object, tenant: str | None) -> str:
        assert tenant == GUID
        if error:
            raise error
        return "a token"

    return replace(Cloud(), token=token)


async def test_all_in_order(tmp_path: Path) -> None:
    found = await check(settings(tmp_path, public_url="https://wards.example.nhs.uk"), cloud())
    assert [one.ok for one in found] == [True, True]
    assert "https://wards.example.nhs.uk/api/messages" in found[1].words


async def test_each_fault_says_what_to_do(tmp_path: Path) -> None:
    [secret, way_in] = await check(settings(tmp_path))
    assert (secret.ok, secret.words) == (False, "set TEAMS_CLIENT_SECRET")
    assert not way_in.ok
    assert "PUBLIC_URL must be an https address" in way_in.words


async def test_entras_own_word_is_passed_on(tmp_path: Path) -> None:
    given = settings(tmp_path, teams_client_secret=SecretStr("wrong"))
    for error in (Refused("invalid_client"), Passing("entra_unreachable")):
        [secret, _] = await check(given, cloud(error))
        assert not secret.ok
        assert error.reason in secret.words
        assert "TEAMS_TENANT_ID" in secret.words
        assert "wrong" not in secret.words
