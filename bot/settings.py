"""Every setting: its environment variable (upper case), its default, its unit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from hashlib import sha256
import hmac
import os
from pathlib import Path
import re
import secrets
from typing import Literal

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Clock = Callable[[], datetime]
"""Says what time it is (an aware datetime): the world's clock, a sample ward's, a test's."""

BUILT_IN_CONTENT = Path(__file__).resolve().parent.parent / "content"


class Settings(BaseSettings):
    """Read from the environment and from `.env`; a test holds docs/settings.md against these fields."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

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
    content_dir: Path = BUILT_IN_CONTENT
    """Folder of the content library."""
    log_format: Literal["text", "json"] = "text"
    """`json` for a log collector."""

    slack_bot_token: SecretStr = SecretStr("")
    """`xoxb-...`, from the app's OAuth page."""
    slack_app_token: SecretStr = SecretStr("")
    """`xapp-...` with connections:write: Socket Mode, no public address needed."""
    slack_signing_secret: SecretStr = SecretStr("")
    """For events over HTTP at /slack/events (used where there is no app token)."""
    slack_api_url: str = "https://slack.com/api/"
    """Where every Slack call goes; a test points it at a stand-in."""

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and not re.match(r"(postgres(ql(\+psycopg)?)?|sqlite(\+aiosqlite)?)://", url):
            raise ValueError("write postgresql://user:password@host/name, or leave it empty for SQLite")
        return url

    @field_validator("public_url")
    @classmethod
    def _no_closing_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("slack_api_url")
    @classmethod
    def _closing_slash(cls, url: str) -> str:
        return url.rstrip("/") + "/"

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
        if len(secret := kept.read_text().strip()) < 16:
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


def keyed_hash(secret: str, *parts: str) -> str:
    """A name for `parts` that tells nothing about them without the secret (HMAC-SHA256, hex)."""
    return hmac.new(secret.encode(), "\x1f".join(parts).encode(), sha256).hexdigest()
