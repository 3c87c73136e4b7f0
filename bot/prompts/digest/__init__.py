"""The weekly digest: for a ward (`ward`), and across wards for its leaders (`leaders`).

Both say first what changed for real (`change`), and both count whole weeks that are over (`week`).
"""

from bot.prompts.digest.leaders import build_for_leaders
from bot.prompts.digest.ward import build

__all__ = ["build", "build_for_leaders"]
