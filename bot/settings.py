"""Every setting: its environment variable (upper case), its default, its unit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from hashlib import sha256
import hmac
import json
import os
from pathlib import Path
import re
import secrets
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Clock = Callable[[], datetime]
"""Says what time it is (an aware datetime): the world's clock, a sample ward's, a test's."""

GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
WORKFLOW_NAME = r"\w([\w .-]{0,78}\w)?"
"""The name of a one-way channel: one that nobody can take for a workflow's address."""
SHORTEST_SECRET = 16
"""Characters; a shorter one could be guessed from what it signed."""
THRESHOLDS = range(3, 21)
"""Below 3 a small count could only be 1; above 20 hardly any ward would have a figure that is shown."""
BUILT_IN_CONTENT = Path(__file__).resolve().parent.parent / "content"


class Settings(BaseSettings):
    """Read from the environment and from `.env`; a test holds docs/settings.md against these fields."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True)

    data_dir: Path = Path("data")
    """Folder for what the service keeps beside the database: SQLite's file and a generated secret."""
    database_url: str = ""
    """`postgresql://user:password@host/name` for real use; empty: SQLite in the data folder."""
    public_url: str = ""
    """Address at which people's browsers and Slack reach this service, without a closing slash."""
    host: str = "0.0.0.0"
    """Address that the web server listens on."""
    port: int = 8080
    """Port that the web server listens on."""
    secret_key: SecretStr = SecretStr("")
    """Signs links and forms, hides identities in keys; empty: one is made and kept in the data folder."""
    content_dir: Path | None = None
    """Folder of a trust's own content, laid over the built-in library; empty: the built-in alone."""
    log_format: Literal["text", "json"] = "text"
    """`json` for a log collector."""
    fewest_shown: int = 5
    """Counts below it (and none) are not shown beyond one's own wards, nor what would tell them."""

    slack_bot_token: SecretStr = SecretStr("")
    """`xoxb-...`, from the app's OAuth page."""
    slack_app_token: SecretStr = SecretStr("")
    """`xapp-...` with connections:write: Socket Mode, no public address needed."""
    slack_signing_secret: SecretStr = SecretStr("")
    """For events over HTTP at /slack/events (used where there is no app token)."""
    slack_api_url: str = "https://slack.com/api/"
    """Where every Slack call goes; a test points it at a stand-in."""

    teams_client_id: str = ""
    """The bot's application (client) ID in Entra."""
    teams_client_secret: SecretStr = SecretStr("")
    """A client secret of that application."""
    teams_tenant_id: str = Field(default="", validate_default=True)
    """The trust's own tenant (directory) ID: nobody from another may use the bot."""
    teams_workflows: Annotated[dict[str, SecretStr], NoDecode] = {}
    """JSON: the name of each channel that only a workflow posts to, and that workflow's signed address."""

    webhook_url: str = ""
    """Address of the trust's own system, which is told of each report (without its free text)."""
    webhook_secret: SecretStr = Field(default=SecretStr(""), validate_default=True)
    """Signs what is told, so that the trust's system knows who says it."""

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and not re.match(r"(postgres(ql(\+psycopg)?)?|sqlite(\+aiosqlite)?)://", url):
            raise ValueError("write postgresql://user:password@host/name, or leave it empty for SQLite")
        return url

    @field_validator("content_dir", mode="before")
    @classmethod
    def _empty_is_none(cls, given: object) -> object:
        return given or None  # else an empty line in .env would be the folder of the start

    @field_validator("public_url")
    @classmethod
    def _no_closing_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("fewest_shown", mode="before")
    @classmethod
    def _neither_telling_nor_silent(cls, given: object) -> int:
        with suppress(ValueError):
            if (number := int(str(given))) in THRESHOLDS:
                return number
        raise ValueError(f"write a whole number from {THRESHOLDS[0]} to {THRESHOLDS[-1]}, or leave the line out")

    @field_validator("slack_api_url")
    @classmethod
    def _closing_slash(cls, url: str) -> str:
        return url.rstrip("/") + "/"

    @field_validator("teams_client_id", "teams_tenant_id")
    @classmethod
    def _guid(cls, given: str) -> str:
        if given and not re.fullmatch(GUID, given.lower()):
            raise ValueError("write the ID as Entra shows it, like 12345678-9abc-def0-1234-56789abcdef0")
        return given.lower()

    @field_validator("teams_tenant_id")
    @classmethod
    def _tenant_is_named(cls, tenant: str, info: ValidationInfo) -> str:
        if info.data.get("teams_client_id") and not tenant:
            raise ValueError("set it beside TEAMS_CLIENT_ID: else anybody's tenant could use the bot")
        return tenant

    @field_validator("teams_workflows", mode="before")
    @classmethod
    def _named_addresses(cls, given: object) -> object:
        """Nothing is quoted where it is wrong: who knows a workflow's address can post to its channel."""
        if isinstance(given, str):
            with suppress(ValueError):
                given = json.loads(given or "{}")
        if not isinstance(given, dict) or not all(isinstance(one, str | SecretStr) for one in given.values()):
            raise ValueError('write each channel\'s name and its workflow\'s address as JSON: {"rowan": "https://..."}')
        for name, address in given.items():
            if not re.fullmatch(WORKFLOW_NAME, name):
                raise ValueError("a channel's name may hold letters, digits, spaces, dots and dashes, at most 80")
            if not _callable_address(address.get_secret_value() if isinstance(address, SecretStr) else address):
                raise ValueError(f"the address of {name} is not an https:// address as Teams shows it")
        return given

    @field_validator("webhook_url")
    @classmethod
    def _https(cls, url: str) -> str:
        if url and not _callable_address(url):
            raise ValueError("write an https:// address, without a user name or password in it")
        return url

    @field_validator("webhook_secret")
    @classmethod
    def _both_or_none(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        given, url = secret.get_secret_value(), info.data.get("webhook_url")
        if url is not None and bool(url) != bool(given):  # None: the address is wrong, which was said already
            raise ValueError("set WEBHOOK_URL and WEBHOOK_SECRET both, or neither")
        if given and len(given) < SHORTEST_SECRET:
            raise ValueError(f"write {SHORTEST_SECRET} or more random characters")
        return secret

    @property
    def has_webhook(self) -> bool:
        """Whether the trust's own system is told of reports."""
        return bool(self.webhook_url)

    @property
    def has_teams(self) -> bool:
        """Whether this deployment speaks to Teams at all."""
        return bool(self.teams_client_id)

    @property
    def has_slack(self) -> bool:
        """Whether this deployment speaks to Slack at all."""
        return bool(self.slack_bot_token.get_secret_value())

    @cached_property
    def secret(self) -> str:
        """The secret key, made and kept (readable by its owner only) at first use where none is set."""
        given = self.secret_key.get_secret_value()
        if given:
            return given
        kept = self.data_dir / "secret_key"
        if not kept.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            made = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}")
            made.touch(mode=0o600)
            made.write_text(secrets.token_urlsafe(32))
            with suppress(FileExistsError):  # of two processes the first wins, and neither reads half a key
                os.link(made, kept)
            made.unlink()
        if len(secret := kept.read_text().strip()) < SHORTEST_SECRET:
            raise ValueError(f"{kept} holds no usable secret; delete it to have a new one made")
        return secret

    @property
    def sqlalchemy_url(self) -> str:
        """The database address as SQLAlchemy's asynchronous engines want it."""
        url = self.database_url
        if not url:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            return f"sqlite+aiosqlite:///{self.data_dir / 'wardhuddle.db'}"
        for given, wanted in (
            ("postgres://", "postgresql+psycopg://"),
            ("postgresql://", "postgresql+psycopg://"),
            ("sqlite://", "sqlite+aiosqlite://"),
        ):
            if url.startswith(given):
                return wanted + url.removeprefix(given)
        return url


def _callable_address(address: str) -> bool:
    """Whether one can call this by https; by http only on this machine, for tests."""
    with suppress(ValueError):
        parts = urlsplit(address)
        own = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
        there = bool(parts.hostname) and parts.port != 0 and parts.username is None
        return there and (own or parts.scheme == "https") and re.fullmatch("[!-~]+", address) is not None
    return False


def keyed_hash(secret: str, *parts: str) -> str:
    """A name for `parts` that tells nothing about them without the secret (HMAC-SHA256, hex)."""
    return hmac.new(secret.encode(), "\x1f".join(parts).encode(), sha256).hexdigest()
