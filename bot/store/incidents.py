"""What the trust's own incident system counted: interventions by ward, week and kind, and bed days."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import col, select

from bot.store.database import Session
from bot.store.tables import IncidentCount

BED_DAYS = "bed_days"
"""The kind under which a ward's occupied bed days of a week are kept."""
INTERVENTIONS: Mapping[str, str] = {
    "prone": "01",
    "standing": "07",
    "escort": "08",
    "supine": "09",
    "side": "10",
    "seated": "11",
    "kneeling": "12",
    "other_physical": "13",
    "rapid_tranquillisation": "14",
    "other_injection": "15",
    "mechanical": "",
    "seclusion": "",
    "segregation": "",
}
"""Kinds of restrictive intervention, by the values of the pick list `used`, with the codes that some of them have in
the Mental Health Services Data Set (MHSDS v5)."""

Counted = tuple[int, date, str]
"""A ward's id, a week's Monday, and a kind."""


async def counts_of(
    session: Session, ward_ids: Collection[int], first: date, last: date, kinds: Collection[str] = ()
) -> dict[Counted, int]:
    """What was counted on these wards in the weeks whose Mondays are first to last; of all kinds, if none is named."""
    query = select(IncidentCount).where(
        col(IncidentCount.ward_id).in_(ward_ids), col(IncidentCount.week).between(first, last)
    )
    if kinds:
        query = query.where(col(IncidentCount.kind).in_(kinds))
    return {(one.ward_id, one.week, one.kind): one.count for one in (await session.exec(query)).all()}


async def set_counts(session: Session, counts: Mapping[Counted, int]) -> None:
    """Keep these counts, each in the place of the one that was there."""
    if not counts:
        return
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    new = insert(IncidentCount)
    put = new.on_conflict_do_update(index_elements=["ward_id", "week", "kind"], set_={"count": new.excluded["count"]})
    rows = [
        {"ward_id": ward_id, "week": week, "kind": kind, "count": count}
        for (ward_id, week, kind), count in counts.items()
    ]
    await session.exec(put, params=rows)
