"""The board report: what changed for real across all wards in a month or a quarter, as a PDF."""
