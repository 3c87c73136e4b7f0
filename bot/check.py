"""What `bot check` looks at: settings, database, content, and each platform's own side."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from urllib.parse import urlsplit

from bot.app import TEAMS_NOT_INSTALLED
from bot.chat.front import Checked
from bot.chat.router import Problem
from bot.privacy.small import Small
from bot.prompts.library import ContentError, Library
from bot.prompts.library.check import check, too_few_for_a_ward
from bot.settings import Settings
from bot.store import outgoing, wards
from bot.store.database import Store, is_current
from bot.store.tables import WORKFLOW

LOOK_AHEAD = timedelta(days=60)
"""How long before its review is due content is counted: time enough to have it read."""


async def check_house(given: Settings) -> list[Checked]:
    """Look at everything that a deployment can get wrong; nothing is changed."""
    lines: list[Checked] = []
    own_secret, one_host = bool(given.secret_key.get_secret_value()), given.sqlalchemy_url.startswith("sqlite")
    made = f"made, kept in {given.data_dir}" + ("" if one_host else ": set SECRET_KEY, so that every host has the same")
    lines.append(Checked("secret key", own_secret or one_host, "from SECRET_KEY" if own_secret else made))
    without = "none: no links in messages, Slack by Socket Mode only, no Teams"
    lines.append(Checked("public address", True, given.public_url or without))
    shown = f"counts {Small(given.fewest_shown).span} are not shown beyond one's own wards (FEWEST_SHOWN)"
    lines.append(Checked("small numbers", True, shown))
    current = False
    try:
        store = Store(given.sqlalchemy_url)
        await store.ping()
        await store.close()
        current = await asyncio.to_thread(is_current, given.sqlalchemy_url)
        lines.append(Checked("database", current, "reached, up to date" if current else "reached; run: bot migrate"))
        lines += await _one_way(given) if current else []
    except Problem:
        lines.append(Checked("database", False, "can't be reached: see DATABASE_URL"))
    try:
        library = Library.load(given.content_dir)
        today = date.today()
        counts = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in library.counts().items())
        overdue = len(library.overdue(today))
        not_sent = f"not sent: {overdue} past review, {len(library.withdrawn)} withdrawn"
        soon = f"{len(library.overdue(today + LOOK_AHEAD)) - overdue} more to be reviewed in {LOOK_AHEAD.days} days"
        lines.append(Checked("content", True, f"{counts}; {not_sent}; {soon}"))
        faults = dict.fromkeys((*check(library), *too_few_for_a_ward(library, today)))
        lines += [Checked("content", False, str(fault)) for fault in faults]
    except ContentError as error:
        lines += [Checked("content", False, str(fault)) for fault in error.faults]
    if given.has_slack:
        from bot.chat.slack.check import check as check_slack  # only where there is a Slack

        lines += await check_slack(given)
    else:
        lines.append(Checked("slack", True, "not set up (SLACK_BOT_TOKEN)"))
    lines += await _teams(given)
    lines += await _webhook(given) if current else []
    return lines


async def _one_way(given: Settings) -> list[Checked]:
    """Whether each one-way channel that a ward names has its workflow."""
    store = Store(given.sqlalchemy_url)
    async with store() as session:
        every = await wards.every_ward(session)
    await store.close()
    channels = (at for ward in every for at in (ward.one_way_channel, ward.leaders_channel))
    missing = {at.address["name"] for at in channels if at and at.front == WORKFLOW} - given.teams_workflows.keys()
    if missing:
        return [Checked("one-way channels", False, f"not in TEAMS_WORKFLOWS: {', '.join(sorted(missing))}")]
    number = len(given.teams_workflows)
    return [Checked("one-way channels", True, f"{number} in TEAMS_WORKFLOWS")] if number else []


async def _teams(given: Settings) -> list[Checked]:
    if not given.has_teams:
        return [Checked("teams", True, "not set up (TEAMS_CLIENT_ID)")]
    try:
        from bot.chat.teams.check import check as check_teams
    except ModuleNotFoundError:
        return [Checked("teams", False, TEAMS_NOT_INSTALLED)]
    return await check_teams(given)


async def _webhook(given: Settings) -> list[Checked]:
    """Whether the trust's own system took what it was told; nothing is sent to find out."""
    if not given.has_webhook:
        return [Checked("webhook", True, "not set up (WEBHOOK_URL)")]
    store = Store(given.sqlalchemy_url)
    async with store() as session:
        dead = await outgoing.count_dead(session)
    await store.close()
    words = f"{dead} given up: bot outgoing list says why, bot outgoing replay tries again" if dead else "none given up"
    return [Checked("webhook", not dead, f"calls to {urlsplit(given.webhook_url).hostname}: {words}")]
