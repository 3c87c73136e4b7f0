"""Who somebody is to each ward: its manager, its leader or its staff. Asked anew whenever it matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.chat.front import Person
from bot.handlers.desk import Desk
from bot.store import wards
from bot.store.database import Session
from bot.store.tables import Ward

Role = Literal["manager", "leader", "staff"]


@dataclass(frozen=True)
class Viewer:
    """Who looks at the dashboard. `wards` are those they are somebody to, by name, and `here` the one whose channel
    they asked in; `could_see` those that they would be somebody to if they asked elsewhere, or were
    to before it moved to another workspace."""

    person: Person
    wards: tuple[Ward, ...]
    here: Ward | None = None
    could_see: frozenset[int] = frozenset()

    def role(self, ward: Ward) -> Role | None:
        """What they are to a ward: the most that they are."""
        if wards.manages(ward, self.person):
            return "manager"
        if wards.leads(ward, self.person):
            return "leader"
        return "staff" if self.sees_full(ward) else None

    def may_manage(self, ward: Ward) -> bool:
        """Whether they may change what the ward's charts say."""
        return wards.manages(ward, self.person)

    def sees_full(self, ward: Ward) -> bool:
        """Whether they see this ward's small numbers."""
        return any(one.key == ward.key for one in self.wards)

    @property
    def led(self) -> tuple[Ward, ...]:
        """The wards they lead, by name."""
        return tuple(ward for ward in self.wards if wards.leads(ward, self.person))

    @property
    def is_leader(self) -> bool:
        """Whether they see the leader's page, and with small numbers suppressed the trust's."""
        return bool(self.led)


async def viewer(session: Session, desk: Desk, person: Person, here: int | None) -> Viewer:
    """What a person may see who asked in the channel of the ward `here`, or in none (then all their wards count)."""
    used = await wards.wards_of(session, desk.person_key(person))
    staffed = [ward for ward in used if here in (None, ward.key) and wards.is_of(ward, person)]
    in_charge = await wards.wards_in_charge(session, person)
    found = {ward.key: ward for ward in (*staffed, *in_charge)}
    by_name = tuple(sorted(found.values(), key=lambda ward: ward.name))
    could_see = frozenset(ward.key for ward in (*used, *in_charge))
    return Viewer(person, by_name, found.get(here) if here else None, could_see)
