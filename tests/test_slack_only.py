"""A Slack-only service stays small: nothing of Teams' part is imported, or needed, without TEAMS_CLIENT_ID."""

from __future__ import annotations

from pathlib import Path
import re
import subprocess
import sys
import tomllib

import pytest

ROOT = Path(__file__).parents[1]
BUILD = """
import sys
class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"microsoft_teams", "fastapi", "msal", "jwt"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, NotInstalled())
from bot.app import build
from bot.settings import Settings
from bot.chat.router import Problem
try:
    house = build(Settings(_env_file=None, slack_bot_token="xoxb-1", slack_signing_secret="s", **%r))
except Problem as problem:
    print(problem.words)
else:
    print(sorted(house.fronts))
"""
GUID = "12345678-9abc-def0-1234-56789abcdef0"
IDS = {"teams_client_id": GUID, "teams_tenant_id": GUID}


@pytest.mark.parametrize(
    ("teams", "said"),
    [
        ({}, "['browser', 'slack', 'workflow']"),
        (IDS, "TEAMS_CLIENT_ID is set, but Teams' part is not installed: run make teams."),
    ],
)
def test_without_teams_part_slack_works_and_teams_says_what_to_do(
    teams: dict[str, str], said: str, tmp_path: Path
) -> None:
    code = BUILD % ({**teams, "data_dir": str(tmp_path)},)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == said


def test_teams_part_is_an_extra_of_its_own() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert not [one for one in project["dependencies"] if "teams" in one]
    assert project["optional-dependencies"]["teams"]
    pinned = {
        name: set(re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-teams.lock")
    }
    assert {"microsoft-teams-apps", "fastapi", "msal"} <= pinned["requirements-teams.lock"] - pinned[
        "requirements.lock"
    ]


def test_no_lock_names_an_address() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text(encoding="utf-8")
