"""Receipts and references: written so that people can copy them, and so that nobody can guess or turn them back."""

from __future__ import annotations

from unittest.mock import patch
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st
import pytest

from bot.privacy.codes import ALPHABET, kept_receipt, new_receipt, read_receipt, receipt_words, reference
from bot.privacy.identifiers import refusal

MANY = 3000


def test_receipts_differ_and_no_line_of_text_refuses_one_however_it_is_written() -> None:
    codes = {new_receipt() for _ in range(MANY)}
    assert len(codes) == MANY
    assert all(len(code) == 8 and set(code) <= set(ALPHABET) for code in codes)
    for code in sorted(codes)[:500]:
        for written in (receipt_words(code), code, code.lower(), f"{code[:4]} {code[4:]}"):
            assert refusal(written) is None


def test_one_that_would_be_refused_is_passed_over() -> None:
    """Some codes look like a room or a record number: the next one is taken."""
    with patch("bot.privacy.codes.secrets.choice", side_effect="RMZ9QSDY" + "X5467626" + "K7QM29XT"):
        assert new_receipt() == "K7QM29XT"


@given(st.text(ALPHABET, min_size=8, max_size=8).filter(lambda code: any(one.isdigit() for one in code)))
def test_a_receipt_is_read_however_it_is_written(code: str) -> None:
    for written in (receipt_words(code), code.lower(), f" {code[:4]} {code[4:]} ", f"{code[:4]} - {code[4:]}"):
        assert read_receipt(written) == code


@pytest.mark.parametrize(
    "text", ["", "restrictive", "nearmiss", "near miss", "the radio", "K7QM-29X", "K7QM-29XTT", "Ä7QM-29XT"]
)
def test_words_are_no_receipt(text: str) -> None:
    assert read_receipt(text) is None


def test_a_mistyped_receipt_is_still_taken_for_one_so_that_it_can_be_said_kindly() -> None:
    assert read_receipt("k7om-29xt") == "K7OM29XT"


def test_what_is_kept_tells_nothing_without_the_secret() -> None:
    kept = kept_receipt("secret", "K7QM29XT")
    assert "K7QM" not in kept
    assert kept != kept_receipt("other", "K7QM29XT")


def test_a_reference_is_the_beginning_of_the_id() -> None:
    report_id = str(uuid4())
    assert reference(report_id) == f"R-{report_id[:6].upper()}"
