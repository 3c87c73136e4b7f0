"""Faults nobody foresaw: logged under a reference that the person can quote, without a word of what was typed."""

from __future__ import annotations

from pathlib import Path
import secrets
from traceback import extract_tb

import structlog

log = structlog.get_logger()


def fault_words(reference: str) -> str:
    """What to say to the person about a fault that was logged with this reference."""
    return (
        "Something went wrong on our side, and this may not have been kept. Please try again: it counts only once. "
        f"If it happens again, give your digital team the reference {reference}."
    )


def log_fault(error: BaseException, during: str, **about: str | int | None) -> str:
    """Log where an error came up, and return its reference.

    Neither the error's words nor its values are logged: they may hold free text, or who sent it.
    """
    reference = secrets.token_hex(4).upper()
    where = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in extract_tb(error.__traceback__)[-8:]]
    log.error("fault", reference=reference, during=during, error=type(error).__qualname__, at=where, **about)
    return reference
