"""One deployment keeps numbers under 10 back, another those under 3: what its leaders read in both places."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stage import stage
from tests.web.conftest import ADDRESS, HEADING, LEADER, TIMES, House
from tests.web.filled import keep, weeks_of

WITH_LEADERS = TIMES.replace(",", ",page:leaders", 1)
WARDS = f"""{HEADING}
Rowan,acute,slack,T0TRUST,C0ROWAN{WITH_LEADERS},,U0LEAD
Hazel,acute,slack,T0TRUST,C0HAZEL{WITH_LEADERS},,
Birch,acute,slack,T0TRUST,C0BIRCH{WITH_LEADERS},,
"""
SMALL = "Small numbers: not shown"


@pytest.mark.parametrize(
    ("fewest", "near_misses", "successes", "said"),
    [(3, "18", "4", {"Birch", "Hazel"}), (5, "18", "under 5", set()), (10, "not shown", "under 10", set())],
)
async def test_what_leaders_read_of_9_and_of_4(
    fewest: int, near_misses: str, successes: str, said: set[str], database_url: str, tmp_path: Path
) -> None:
    """Birch has 9 near misses in every week, and so has Rowan, which is theirs; Hazel has 4 successes: where they are
    small, Birch's reports would tell them together with the total."""
    settings = {"public_url": ADDRESS, "fewest_shown": fewest}
    async with stage("browser", database_url, tmp_path, "2026-11-15 21:00", **settings) as set_up:
        house = House(set_up, *await set_up.wards(WARDS))
        await keep(house, *weeks_of(house.rowan, [9] * 20), *weeks_of(house.birch, [9] * 20))
        await keep(house, *weeks_of(house.hazel, [4] * 20, "success"))
        await set_up.at("2026-11-16 10:00")

        digest = await house.browser().open("/ward/leaders")
        assert f"Near misses {near_misses} ({near_misses} the week before)" in digest
        assert f"Successes {successes} ({successes} the week before)" in digest
        assert f"Counts from 1 to {fewest - 1}, and what would tell them, are not shown" in digest
        assert ("All together: Near misses: no real change" in digest) is (fewest < 10)

        leader = await house.signed_in(LEADER)
        page = await leader.open("/dashboard/trust?measure=answered")
        assert f"where any week's number is from 1 to {fewest - 1}, or" in page
        rows = leader.soup.select("#by-ward ~ table tbody tr")
        shown = {row.select("th")[0].get_text(strip=True): row.select("td")[0].get_text(strip=True) for row in rows}
        assert {name for name, words in shown.items() if words != SMALL} == {"Rowan", *said}
