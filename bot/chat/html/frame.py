"""The frame of every page: its templates, its style, and where these are found."""

from __future__ import annotations

import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
STATIC = HERE / "static"


def environment(base: str, templates: Path) -> Environment:
    """The templates of this folder and the frame they fill, with every address under `base`."""
    made = Environment(
        loader=FileSystemLoader((templates, HERE / "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    content = b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()))
    made.globals.update(base=base, version=hashlib.sha256(content).hexdigest()[:12])
    return made
