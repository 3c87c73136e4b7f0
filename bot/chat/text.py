"""A message as plain text, for a terminal."""

from __future__ import annotations

from bot.chat.message import Buttons, Chart, Facts, Heading, Message, Note, Text


def as_text(message: Message) -> str:
    """The message's parts, line by line."""
    lines: list[str] = []
    for part in message.parts:
        match part:
            case Heading():
                lines += [part.text, "=" * len(part.text)]
            case Text() | Note():
                lines.append(part.text)
            case Facts():
                lines += [f"{label}: {value}" for label, value in part.rows]
            case Buttons():
                lines.append("  ".join(f"[{button.label}]" for button in part.buttons))
            case Chart():
                lines.append(f"(picture) {part.alt}")
            case _:
                lines.append("---")
    return "\n".join(lines)
