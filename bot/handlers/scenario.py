"""What people choose in a scene: they alone are told what may follow; only counts are kept."""

from __future__ import annotations

from bot.chat.router import Outcomes, Problem, Reply, Tap
from bot.handlers.desk import Desk, DeskRouter, tapped
from bot.prompts import scenario as prompt
from bot.store import scenarios


def register(router: DeskRouter) -> None:
    """What people can do with a scene."""
    router.on_tap("scenario_choice", choose)


async def choose(tap: Tap, desk: Desk) -> Outcomes:
    """Feedback on a choice. A person's first choice counts; they may look at the others too."""
    async with desk.store() as session:
        occurrence, _, chosen = await tapped(session, desk, tap)
        item = desk.library.scenarios.get(occurrence.item or "")
        if item is None:
            raise Problem("This scene has been withdrawn from the library since it was sent.")
        number = next((n for n, one in enumerate(item.choices) if prompt.choice_key(one) == chosen), None)
        if number is None:
            raise Problem("This scene has been rewritten since it was sent, so that choice is not in it any more.")
        if await desk.first_answer(session, "scenario", occurrence, tap.person):
            await scenarios.count_choice(session, occurrence.key, number, safe=item.choices[number].safe)
    return (Reply(prompt.feedback(item, number)),)
