"""Who a ward's managers are."""

from __future__ import annotations

import pytest

from bot.chat.front import Person
from bot.store.tables import Ward
from bot.store.wards import manages


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (Person("slack", "U0MANAGER", "T0TRUST"), True),
        (Person("slack", "U0NURSE", "T0TRUST"), False),
        (Person("slack", "U0MANAGER", "T0OTHER"), False),
        (Person("teams", "U0MANAGER", "T0TRUST"), False),
    ],
)
def test_a_managers_id_counts_on_the_wards_own_front_and_workspace_alone(person: Person, expected: bool) -> None:
    ward = Ward(front="slack", place={"workspace": "T0TRUST", "channel": "C0ROWAN"}, managers=["U0MANAGER"])
    assert manages(ward, person) is expected
