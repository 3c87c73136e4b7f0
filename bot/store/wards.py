"""Wards: finding, saving, pausing, and who has used the bot in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json

from sqlalchemy import String, bindparam, cast, inspect, or_
from sqlalchemy import select as core_select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select, update

from bot.chat.front import Destination, Person
from bot.store.database import Session
from bot.store.once import add_if_new
from bot.store.tables import Membership, Ward


def place_key(front: str, place: Mapping[str, str]) -> str:
    """One text for a place, so that two wards can't share it."""
    return f"{front}:{json.dumps(dict(place), sort_keys=True)}"


async def every_ward(session: Session) -> Sequence[Ward]:
    """All wards, by name."""
    return (await session.exec(select(Ward).order_by(Ward.name))).all()


async def ward_by_id(session: Session, ward_id: int) -> Ward | None:
    """The ward with this id."""
    return await session.get(Ward, ward_id)


async def ward_named(session: Session, name: str) -> Ward | None:
    """The ward with exactly this name."""
    return (await session.exec(select(Ward).where(Ward.name == name))).first()


async def ward_reported_at(session: Session, key: str) -> Ward | None:
    """The ward whose report page has this key."""
    if not key.isprintable():  # PostgreSQL takes no NUL, and no key has one
        return None
    return (await session.exec(select(Ward).where(Ward.report_key == key))).first()


async def ward_at(session: Session, place: Destination | None) -> Ward | None:
    """The ward whose channel this is."""
    if place is None:
        return None
    key = place_key(place.front, place.address)
    return (await session.exec(select(Ward).where(Ward.place_key == key))).first()


async def wards_led_at(session: Session, leaders: Destination | None) -> Sequence[Ward]:
    """The wards whose leaders read at this place, by name."""
    if leaders is None:
        return ()
    return [ward for ward in await every_ward(session) if ward.leaders_channel == leaders]


_TABLE = inspect(Ward).local_table
_AT_A_GLANCE = core_select(*_TABLE.columns).where(_TABLE.columns.place_key == bindparam("place"))


async def glance_at(connection: AsyncConnection, place: Destination | None) -> Ward | None:
    """The ward whose channel this is, to read only: a third of the time of `ward_at`, for opening a form."""
    if place is None:
        return None
    found = await connection.execute(_AT_A_GLANCE, {"place": place_key(place.front, place.address)})
    row = found.first()
    return Ward(**row._mapping) if row else None


async def save_ward(session: Session, ward: Ward) -> Ward:
    """Insert or update by id; `place_key` follows the place."""
    ward.place_key = place_key(ward.front, ward.place)
    session.add(ward)
    await session.flush()
    return ward


async def lock_ward(session: Session, ward_id: int) -> None:
    """Lock a ward until the transaction ends, by a write that changes nothing, which locks on SQLite too."""
    await session.exec(update(Ward).where(col(Ward.id) == ward_id).values(most_posts=Ward.most_posts))


async def pause_ward(session: Session, ward_id: int, reason: str) -> None:
    """Stop a ward's own prompts."""
    await session.exec(update(Ward).where(col(Ward.id) == ward_id).values(paused_reason=reason))


async def resume_ward(session: Session, ward_id: int) -> None:
    """Let a ward's prompts go on."""
    await session.exec(update(Ward).where(col(Ward.id) == ward_id).values(paused_reason=None))


async def paused_wards(session: Session) -> Sequence[Ward]:
    """Wards whose prompts are stopped."""
    return (await session.exec(select(Ward).where(col(Ward.paused_reason).is_not(None)))).all()


def manages(ward: Ward, person: Person) -> bool:
    """Whether a person is one of a ward's managers: an id says who somebody is on one front and workspace only.

    A sample ward is everybody's there, to try out what managers do.
    """
    return is_of(ward, person) and (ward.sample or person.id in ward.managers)


def leads(ward: Ward, person: Person) -> bool:
    """Whether a person is one of a ward's leaders, known like its managers."""
    return is_of(ward, person) and (ward.sample or person.id in ward.leaders)


def is_of(ward: Ward, person: Person) -> bool:
    """Whether a person is of a ward's own front and workspace."""
    return (person.front, person.workspace) == (ward.front, ward.place.get("workspace", ""))


async def wards_in_charge(session: Session, person: Person) -> Sequence[Ward]:
    """The wards that a person manages or leads, by name."""
    held = json.dumps(person.id)  # as it stands in a column, which is looked through before any ward is read
    named = (cast(column, String).contains(held, autoescape=True) for column in (Ward.managers, Ward.leaders))
    query = select(Ward).where(Ward.front == person.front, or_(*named)).order_by(Ward.name)
    return [ward for ward in await session.exec(query) if manages(ward, person) or leads(ward, person)]


async def remember_member(session: Session, person: str, ward_id: int) -> None:
    """Note that this person (a keyed hash) has used the bot in this ward's channel."""
    await add_if_new(session, Membership(person=person, ward_id=ward_id))


async def wards_of(session: Session, person: str) -> Sequence[Ward]:
    """The wards that a person (a keyed hash) has used the bot in, by name."""
    query = (
        select(Ward)
        .join(Membership, col(Membership.ward_id) == col(Ward.id))
        .where(Membership.person == person)
        .order_by(Ward.name)
    )
    return (await session.exec(query)).all()
