"""The table in docs/settings.md says what the settings are: no more, no less, and with the same defaults."""

from __future__ import annotations

import json
from pathlib import Path
import re
import traceback

from pydantic import SecretStr, ValidationError
import pytest

from bot.settings import Settings

TABLE = Path(__file__).parents[1] / "docs" / "settings.md"
ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def documented() -> dict[str, tuple[str, str]]:
    """Default and meaning of each setting, as the table has them."""
    return {name: (default, what) for name, default, what in ROW.findall(TABLE.read_text(encoding="utf-8"))}


def in_words(default: object) -> str:
    """A default as the table writes it."""
    plain = default.get_secret_value() if isinstance(default, SecretStr) else default
    return f"`{plain}`" if plain not in ("", None) else "(empty)"


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An environment without any setting, in an empty folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_setting_is_documented_and_nothing_else() -> None:
    """A new one fails here until it has its row; one that is gone, until its row is gone."""
    assert set(documented()) == {name.upper() for name in Settings.model_fields}


def test_every_row_of_the_table_is_read() -> None:
    """A row that is mistyped must not slip past these tests."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert len(lines) - 2 == len(documented())


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_documented_default_is_the_real_one(name: str) -> None:
    """And each says what it is."""
    default, what = documented()[name.upper()]

    assert default == in_words(Settings.model_fields[name].default)
    assert len(what.split()) > 3


def test_settings_come_from_the_environment_then_from_the_file(
    nothing_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.env` in the folder of the start; the environment wins; what is not ours is let be."""
    (nothing_set / ".env").write_text("PORT=9001\nLOG_FORMAT=json\nSOMEBODY_ELSES=1\n")
    monkeypatch.setenv("PORT", "9002")

    found = Settings()

    assert (found.port, found.log_format, found.host) == (9002, "json", "0.0.0.0")


def test_an_empty_content_folder_is_none(nothing_set: Path) -> None:
    """As a line left empty in `.env`: not the folder that the service was started in."""
    (nothing_set / ".env").write_text("CONTENT_DIR=\n")

    assert Settings().content_dir is None


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(nothing_set: Path) -> None:
    """Where none is set; a restart finds the same one."""
    first, second = Settings().secret, Settings().secret

    assert first == second and len(first) >= 32
    assert (nothing_set / "data" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_secret_that_is_set_is_not_written_down(nothing_set: Path) -> None:
    """It stays where the trust keeps its secrets."""
    assert Settings(secret_key=SecretStr("given")).secret == "given"
    assert not list(nothing_set.iterdir())


def test_no_secret_shows_in_print_or_log() -> None:
    """A whole settings object may end up in a log."""
    secret = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]
    given = dict.fromkeys(secret, "hush-hush, and no word")
    found = Settings(_env_file=None, webhook_url="https://trust.example/", **given)

    assert len(given) == 6
    assert "hush-hush" not in repr(found) + str(found) + str(found.model_dump())


FLOW = "https://flows.example:443/run?sp=%2Frun&sig=hush-hush"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"webhook_url": "https://trust.example/in"}, "webhook_secret"),
        ({"webhook_secret": "hush-hush-hush-hush"}, "webhook_secret"),
        ({"webhook_url": "https://trust.example/in", "webhook_secret": "hush-hush"}, "webhook_secret"),
        ({"webhook_url": "http://trust.example/in", "webhook_secret": "hush-hush-hush-hush"}, "webhook_url"),
        ({"webhook_url": "https://hush-hush@trust.example", "webhook_secret": "hush-hush-hush-hush"}, "webhook_url"),
        ({"webhook_url": "trust.example", "webhook_secret": "hush-hush-hush-hush"}, "webhook_url"),
    ],
)
def test_a_webhook_has_an_https_address_and_a_secret_or_neither(given: dict[str, str], wrong: str) -> None:
    """Unsigned calls are not made; one fault is named once, and the secret never."""
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None, **given)

    assert [error["loc"] for error in caught.value.errors()] == [(wrong,)]
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://trust.example/in?to=wards", "http://127.0.0.1:9000/", "http://localhost/"])
def test_a_webhook_by_http_is_for_this_machine_alone(url: str) -> None:
    """For tests."""
    found = Settings(_env_file=None, webhook_url=url, webhook_secret=SecretStr("hush-hush-hush-hush"))

    assert (found.webhook_url, found.has_webhook) == (url, True)
    assert not Settings(_env_file=None).has_webhook


def test_one_way_channels_come_as_json_from_the_environment_and_from_the_file(
    nothing_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the file between single quotes; none where it is empty; and handed on as they are."""
    (nothing_set / ".env").write_text(f"TEAMS_WORKFLOWS='{json.dumps({'rowan': FLOW, 'Matrons north': FLOW})}'\n")
    from_file = Settings()
    monkeypatch.setenv("TEAMS_WORKFLOWS", json.dumps({"hazel": "http://127.0.0.1:8000/"}))
    from_environment = Settings()
    monkeypatch.setenv("TEAMS_WORKFLOWS", "")

    assert {name: at.get_secret_value() for name, at in from_file.teams_workflows.items()} == {
        "rowan": FLOW,
        "Matrons north": FLOW,
    }
    assert from_environment.teams_workflows["hazel"].get_secret_value() == "http://127.0.0.1:8000/"
    assert Settings().teams_workflows == {}
    assert Settings.model_validate(from_file.model_dump()) == from_file


def test_no_workflows_address_shows_in_print_or_log() -> None:
    """Its name may."""
    found = Settings(_env_file=None, teams_workflows={"rowan": FLOW})

    shown = repr(found) + str(found) + str(found.model_dump()) + found.model_dump_json()
    assert "rowan" in shown
    assert "hush-hush" not in shown and "flows.example" not in shown


@pytest.mark.parametrize(
    "given",
    [
        FLOW,
        f'{{"rowan": "{FLOW}"',
        f'["{FLOW}"]',
        json.dumps({"rowan": {"address": FLOW}}),
        json.dumps({FLOW: "rowan"}),
        json.dumps({FLOW: 5}),
        json.dumps({"": FLOW}),
        json.dumps({"rowan": FLOW.replace("https", "http")}),
        json.dumps({"rowan": FLOW.replace("https", "http").replace("flows.example", "127.0.0.1.flows.example")}),
        json.dumps({"rowan": FLOW.replace("https:", "")}),
        json.dumps({"rowan": FLOW.replace("443", "99999")}),
        json.dumps({"rowan": FLOW.replace("443", "hush-hush")}),
        json.dumps({"rowan": FLOW.replace("flows", "user:hush-hush@flows")}),
        json.dumps({"rowan": FLOW + " "}),
        json.dumps({"rowan": FLOW + "\n"}),
        json.dumps({"rowan": ""}),
        json.dumps({"hazel": "https://fine.example/", "rowan": "hush-hush"}),
    ],
)
def test_a_wrong_one_way_channel_is_refused_and_not_quoted(
    given: str, nothing_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in the error that is raised nor in what lies beneath it; an address may be right but for one letter."""
    monkeypatch.setenv("TEAMS_WORKFLOWS", given)
    with pytest.raises(ValidationError) as caught:
        Settings()

    said = "".join(traceback.format_exception(caught.value)) + str(caught.value.errors(include_input=False))
    assert "teams_workflows" in said
    assert "hush-hush" not in said and "flows.example" not in said


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgresql://a:b@c/d", "postgresql+psycopg://a:b@c/d"),
        ("postgres://a:b@c/d", "postgresql+psycopg://a:b@c/d"),
        ("postgresql+psycopg://a:b@c/d", "postgresql+psycopg://a:b@c/d"),
        ("sqlite:////srv/w.db", "sqlite+aiosqlite:////srv/w.db"),
        ("sqlite+aiosqlite:////srv/w.db", "sqlite+aiosqlite:////srv/w.db"),
    ],
)
def test_a_database_address_is_taken_as_people_have_it(given: str, wanted: str) -> None:
    """Hosting services write `postgres://`."""
    assert Settings(_env_file=None, database_url=given).sqlalchemy_url == wanted


@pytest.mark.parametrize("given", ["mysql://a/b", "host=db", "postgresql:/a", "http://a", "/srv/w.db"])
def test_another_database_is_refused_with_the_way_to_write_it(given: str) -> None:
    """Before anything is started."""
    with pytest.raises(ValueError, match="write postgresql://user:password@host/name, or leave it empty for SQLite"):
        Settings(_env_file=None, database_url=given)


def test_addresses_end_as_the_code_wants_them() -> None:
    """With or without a slash, as they were pasted."""
    found = Settings(_env_file=None, public_url="https://w.example/", slack_api_url="https://s.example/api")

    assert (found.public_url, found.slack_api_url) == ("https://w.example", "https://s.example/api/")


def test_a_made_secret_is_kept_for_its_owner_alone_and_shared_by_processes(tmp_path: Path) -> None:
    first, second = (Settings(_env_file=None, data_dir=tmp_path) for _ in range(2))
    assert len(first.secret) > 30
    assert second.secret == first.secret
    kept = tmp_path / "secret_key"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [kept], "nothing half-made is left"
