"""The weekly digest: for a ward (`ward`), and across wards for its leaders (`leaders`).

Both say first what changed for real (`change`), and both count whole weeks that are over (`week`, `known`).
"""

from bot.prompts.digest.leaders import build_for_leaders
from bot.prompts.digest.ward import build, build_together

__all__ = ["build", "build_for_leaders", "build_together"]
