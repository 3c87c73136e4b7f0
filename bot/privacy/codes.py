"""The two codes of a report: the receipt, which gives power over it, and the reference, which gives none."""

from __future__ import annotations

import re
import secrets

from bot.settings import keyed_hash

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""Without what is easily taken for something else (0 and O, 1, I and L), and without vowels: no code is a word."""
LENGTH = 8


def new_receipt() -> str:
    """The receipt of a new report: random, so that nobody can work it out, whatever they know.

    It is one that a line of free text lets through, however it is written.
    """
    from bot.privacy.identifiers import refusal  # its tables are needed by a form, not by a command

    code = ""
    while not code or any(map(refusal, (receipt_words(code), code, code.lower(), f"{code[:4]} {code[4:]}"))):
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return code


def receipt_words(code: str) -> str:
    """A receipt as people read it: `K7QM-29XT`."""
    return f"{code[:4]}-{code[4:]}"


def read_receipt(text: str) -> str | None:
    """The receipt that somebody wrote, or None where it can't be one: what is not written as one, or a plain word."""
    code = re.sub(r"[\s-]", "", text).upper()
    if not re.fullmatch(rf"[A-Z0-9]{{{LENGTH}}}", code):
        return None
    meant = set(code) <= set(ALPHABET) or "-" in text or any(letter.isdigit() for letter in code)
    return code if meant else None


def kept_receipt(secret: str, code: str) -> str:
    """What is kept of a receipt: a keyed hash, from which nobody can tell it without the secret."""
    return keyed_hash(secret, "receipt", code)


def reference(report_id: str) -> str:
    """What a report is called: `R-3FA2B1`, the beginning of its random id."""
    return f"R-{report_id[:6].upper()}"
