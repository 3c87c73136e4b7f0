"""What the numbers mean: arithmetic on plain values (`xmr`, `reading`), and the picture of it (`chart`).

Nothing here reads a database or a clock, and nothing here ranks wards or people.
"""
