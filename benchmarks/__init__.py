"""How fast and how small, each figure beside the floor that a bare Bolt app sets: `python -m benchmarks`."""

import warnings

warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")  # by pgserver, when it is imported
