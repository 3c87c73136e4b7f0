"""The ledger: schedules, and the occurrences that they become, each claimed before it is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import true
from sqlmodel import col, delete, func, select, update

from bot.store.database import Session
from bot.store.once import add_if_new
from bot.store.tables import EXTRA, Occurrence, Schedule, Ward


async def schedules_of(session: Session, ward_id: int) -> Sequence[Schedule]:
    """A ward's schedules."""
    return (await session.exec(select(Schedule).where(Schedule.ward_id == ward_id))).all()


async def wards_with(session: Session, kind: str) -> set[int]:
    """The wards that have a schedule of this kind."""
    return set((await session.exec(select(Schedule.ward_id).where(Schedule.kind == kind))).all())


async def drop_schedules(session: Session, ids: Sequence[int | None]) -> None:
    """Remove schedules; what they already wrote in the ledger stays."""
    await session.exec(delete(Schedule).where(col(Schedule.id).in_(ids)))


async def schedules_due(session: Session, now: datetime, limit: int) -> Sequence[tuple[Schedule, Ward]]:
    """Schedules whose time has come, with their wards, locked against other processes until the transaction ends."""
    query = (
        select(Schedule, Ward)
        .join(Ward, col(Schedule.ward_id) == col(Ward.id))
        .where(col(Schedule.next_due_at) <= now)
        .order_by(col(Schedule.next_due_at))
        .limit(limit)
        .with_for_update(skip_locked=True, of=Schedule)
    )
    return (await session.exec(query)).all()


async def schedules_after(session: Session, now: datetime) -> Sequence[tuple[Schedule, Ward]]:
    """Schedules whose time is still to come, with their wards."""
    query = (
        select(Schedule, Ward).join(Ward, col(Schedule.ward_id) == col(Ward.id)).where(col(Schedule.next_due_at) > now)
    )
    return (await session.exec(query)).all()


async def write_occurrence(session: Session, occurrence: Occurrence) -> bool:
    """Write an occurrence unless its ward, kind, local date and slot are in the ledger already."""
    return await add_if_new(session, occurrence)


async def planned_since(session: Session, ward_id: int, first: date) -> Sequence[Occurrence]:
    """What a ward's schedules have written for that local date and later."""
    query = select(Occurrence).where(
        Occurrence.ward_id == ward_id, col(Occurrence.local_date) >= first, ~col(Occurrence.slot).startswith(EXTRA)
    )
    return (await session.exec(query)).all()


async def waiting_for(session: Session, ward_id: int) -> Sequence[Occurrence]:
    """A ward's occurrences that are in the ledger and not yet sent."""
    query = select(Occurrence).where(Occurrence.ward_id == ward_id, Occurrence.state == "due")
    return (await session.exec(query)).all()


async def next_instant(session: Session) -> datetime | None:
    """When the next prompt of any ward is due: planned, or written and not yet sent."""
    planned = (await session.exec(select(func.min(Schedule.next_due_at)))).one()
    written = (await session.exec(select(func.min(Occurrence.due_at)).where(Occurrence.state == "due"))).one()
    return min((moment for moment in (planned, written) if moment), default=None)


async def latest_instant(session: Session) -> datetime | None:
    """When the latest prompt that was sent had been due."""
    return (await session.exec(select(func.max(Occurrence.due_at)).where(Occurrence.state == "sent"))).one()


async def last_sent_at(session: Session, ward_id: int, kinds: Collection[str]) -> datetime | None:
    """When one of these kinds last reached a ward."""
    query = select(func.max(Occurrence.sent_at)).where(Occurrence.ward_id == ward_id, col(Occurrence.kind).in_(kinds))
    return (await session.exec(query)).one()


async def settle_late(session: Session, now: datetime, settle: timedelta) -> None:
    """Mark what can't be sent any more: due but too late to be useful, and claimed by a process that died.

    The latter is looked for only after `settle`, when the platform's own history has caught up.
    """
    await session.exec(
        update(Occurrence)
        .where(col(Occurrence.state) == "due", col(Occurrence.expires_at) <= now)
        .values(state="expired")
    )
    await session.exec(
        update(Occurrence)
        .where(col(Occurrence.state) == "claimed", col(Occurrence.lease_until) <= now)
        .values(state="unclear", problem="lease_lost", not_before=now + settle)
    )


async def newest(session: Session) -> int:
    """The number of the latest occurrence that is written; 0 where there is none."""
    return (await session.exec(select(func.max(Occurrence.id)))).one() or 0


async def claim(
    session: Session,
    now: datetime,
    lease: timedelta,
    limit: int,
    also_paused: Collection[str],
    up_to: int | None = None,
) -> Sequence[Occurrence]:
    """Take up to `limit` due occurrences for this process alone, oldest first; commit before sending.

    Of those numbered `up_to` at the most, where it is given: another process may write more at any moment.

    Of paused wards only the kinds in `also_paused` are taken: the rest waits, until it is sent or expires.
    """
    paused = select(Ward.id).where(col(Ward.paused_reason).is_not(None))
    ready = (
        select(Occurrence.id)
        .where(Occurrence.state == "due", col(Occurrence.not_before) <= now)
        .where(col(Occurrence.ward_id).not_in(paused) | col(Occurrence.kind).in_(also_paused))
        .where(true() if up_to is None else col(Occurrence.id) <= up_to)
        .order_by(col(Occurrence.due_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte()  # else PostgreSQL may look for them anew for each row, and take more than the limit
    )
    taken = (
        update(Occurrence)
        .where(col(Occurrence.id).in_(select(ready.c.id)), col(Occurrence.state) == "due")
        .values(state="claimed", lease_until=now + lease, attempts=Occurrence.attempts + 1)
        .returning(col(Occurrence.id))
    )
    ids = [row[0] for row in (await session.exec(taken)).all()]
    query = select(Occurrence).where(col(Occurrence.id).in_(ids)).order_by(col(Occurrence.due_at), col(Occurrence.id))
    return (await session.exec(query)).all()


async def ready(session: Session, now: datetime, kinds: Collection[str]) -> Sequence[tuple[Occurrence, Ward]]:
    """What of these kinds could be claimed now, with its ward, oldest first; of paused wards nothing."""
    query = (
        select(Occurrence, Ward)
        .join(Ward, col(Occurrence.ward_id) == col(Ward.id))
        .where(Occurrence.state == "due", col(Occurrence.not_before) <= now, col(Occurrence.expires_at) > now)
        .where(col(Occurrence.kind).in_(kinds), col(Ward.paused_reason).is_(None))
        .order_by(col(Occurrence.due_at), col(Occurrence.id))
    )
    return (await session.exec(query)).all()


async def of_ward(session: Session, ward_id: int, kinds: Collection[str], since: datetime) -> Sequence[Occurrence]:
    """A ward's prompts of these kinds, due since then, that were sent or may be or may have been."""
    query = (
        select(Occurrence)
        .where(Occurrence.ward_id == ward_id, col(Occurrence.kind).in_(kinds), col(Occurrence.due_at) >= since)
        .where(col(Occurrence.state).in_(("due", "claimed", "unclear", "sent")))
        .execution_options(populate_existing=True)
    )
    return (await session.exec(query)).all()


async def following(session: Session, kind: str, huddle: Occurrence) -> Sequence[Occurrence]:
    """What of this kind follows a huddle prompt, in the order in which it was written."""
    query = (
        select(Occurrence)
        .where(Occurrence.ward_id == huddle.ward_id, Occurrence.kind == kind)
        .where(Occurrence.local_date == huddle.local_date, Occurrence.item == str(huddle.key))
        .order_by(col(Occurrence.id))
        .execution_options(populate_existing=True)
    )
    return (await session.exec(query)).all()


async def posts_about(session: Session, ward_id: int, kinds: Collection[str], item: str) -> Sequence[Occurrence]:
    """What of these kinds was posted about a thing of a ward's."""
    query = select(Occurrence).where(
        Occurrence.ward_id == ward_id, col(Occurrence.kind).in_(kinds), Occurrence.item == item
    )
    return [one for one in (await session.exec(query)).all() if one.posted]


async def latest_of_slot(session: Session, ward_id: int, kind: str, slot: str) -> Occurrence | None:
    """The latest of a kind and slot that reached somebody, or still may."""
    query = (
        select(Occurrence)
        .where(Occurrence.ward_id == ward_id, Occurrence.kind == kind, Occurrence.slot == slot)
        .where(col(Occurrence.state).not_in(("dropped", "expired")))
        .order_by(col(Occurrence.local_date).desc())
    )
    return (await session.exec(query)).first()


async def record(session: Session, occurrence: Occurrence, was: str, **changes: object) -> bool:
    """Change an occurrence that is still in the state `was` and at the same attempt; whether it was."""
    done = await session.exec(
        update(Occurrence)
        .where(
            col(Occurrence.id) == occurrence.id,
            col(Occurrence.state) == was,
            col(Occurrence.attempts) == occurrence.attempts,
        )
        .values(**changes)
    )
    return bool(done.rowcount)


async def set_posted(session: Session, occurrence_id: int, posted: Mapping[str, str]) -> None:
    """Note where an occurrence's message now is."""
    await session.exec(update(Occurrence).where(col(Occurrence.id) == occurrence_id).values(posted=dict(posted)))


async def unclear(session: Session, now: datetime) -> Sequence[Occurrence]:
    """Occurrences of which nobody knows whether they arrived, to be looked for now, while they could be useful."""
    query = (
        select(Occurrence)
        .where(Occurrence.state == "unclear", col(Occurrence.expires_at) > now, col(Occurrence.not_before) <= now)
        .order_by(col(Occurrence.due_at))
    )
    return (await session.exec(query)).all()


async def occurrence_by_id(session: Session, occurrence_id: int) -> Occurrence | None:
    """The occurrence with this id."""
    return await session.get(Occurrence, occurrence_id)


async def lock_occurrence(session: Session, occurrence_id: int) -> Occurrence | None:
    """The occurrence with this id, locked until the transaction ends: what follows is done by one at a time.

    By a write that changes nothing, which locks on SQLite too (there `for update` means nothing).
    """
    one = update(Occurrence).where(col(Occurrence.id) == occurrence_id).values(attempts=Occurrence.attempts)
    await session.exec(one.execution_options(synchronize_session=False))
    return await session.get(Occurrence, occurrence_id, populate_existing=True)


async def occurrence_at(session: Session, ward_id: int, kind: str, on: date, slot: str) -> Occurrence | None:
    """The occurrence of a ward, kind, local date and slot."""
    query = select(Occurrence).where(
        Occurrence.ward_id == ward_id, Occurrence.kind == kind, Occurrence.local_date == on, Occurrence.slot == slot
    )
    return (await session.exec(query)).first()


async def occurrence_with_slot(session: Session, ward_id: int, kind: str, slot: str) -> Occurrence | None:
    """The occurrence of a ward and kind with this slot, which is one of its own and no time of day."""
    query = select(Occurrence).where(Occurrence.ward_id == ward_id, Occurrence.kind == kind, Occurrence.slot == slot)
    return (await session.exec(query)).first()


async def latest_occurrence(session: Session, ward_id: int, kind: str, since: datetime) -> Occurrence | None:
    """The ward's latest prompt of a kind that arrived, or may have, if it was due since then."""
    query = (
        select(Occurrence)
        .where(Occurrence.ward_id == ward_id, Occurrence.kind == kind)
        .where(col(Occurrence.state).in_(("sent", "unclear")))
        .where(col(Occurrence.due_at) >= since)
        .order_by(col(Occurrence.due_at).desc())
    )
    return (await session.exec(query)).first()


async def occurrences(
    session: Session, *, states: Sequence[str] = (), since: datetime | None = None, until: datetime | None = None
) -> Sequence[tuple[Occurrence, Ward]]:
    """The ledger with its wards, oldest first: in these states (all, if none is named), due from then until then."""
    query = (
        select(Occurrence, Ward)
        .join(Ward, col(Occurrence.ward_id) == col(Ward.id))
        .order_by(col(Occurrence.due_at), col(Ward.name), col(Occurrence.kind), col(Occurrence.slot))
    )
    if states:
        query = query.where(col(Occurrence.state).in_(states))
    if since:
        query = query.where(col(Occurrence.due_at) > since)
    if until:
        query = query.where(col(Occurrence.due_at) <= until)
    return (await session.exec(query)).all()


async def count_states(session: Session, now: datetime) -> Sequence[tuple[str, str, int]]:
    """How many occurrences of each kind that have come due are in each state.

    Those still to come are left out: the line of an anonymous report would tell when it was sent.
    """
    query = (
        select(col(Occurrence.kind), col(Occurrence.state), func.count(col(Occurrence.id)))
        .where(col(Occurrence.due_at) <= now)
        .group_by(col(Occurrence.kind), col(Occurrence.state))
    )
    return [(kind, state, number) for kind, state, number in (await session.exec(query)).all()]
