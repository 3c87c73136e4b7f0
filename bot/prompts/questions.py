"""What a ward's huddle asks: its set's questions but for those it switched off, and its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.chat.message import Option
from bot.prompts.library import MOST_QUESTIONS, HuddleSet, Library, Question
from bot.prompts.library.rules import no_banned_words, no_holds
from bot.prompts.words import count, listed
from bot.store.tables import Ward

ALWAYS = ("action", "owner", "worried")
"""What every huddle asks: no ward can switch it off."""
MOST_OWN = 3
RETIRED = "retired"
"""On a question of a ward's own that is asked no more; it is kept, since stored answers are read by it."""


def asked(huddle_set: HuddleSet, ward: Ward) -> tuple[Question, ...]:
    """What the huddle asks, in order: the ward's own questions before the action is decided."""
    kept = [one for one in huddle_set.questions_for(ward.specialty) if one.name not in _off(ward)]
    return _with_own(kept, own_questions(ward))


def known(huddle_set: HuddleSet, ward: Ward) -> tuple[Question, ...]:
    """Every question that an answer of this huddle may belong to, in order: also those not asked any more."""
    return _with_own(huddle_set.questions_for(ward.specialty), tuple(map(_own, ward.own_questions)))


def own_questions(ward: Ward) -> tuple[Question, ...]:
    """The ward's own questions that are asked."""
    return tuple(_own(one) for one in ward.own_questions if not one.get(RETIRED))


def to_choose_from(library: Library, ward: Ward) -> Mapping[str, str]:
    """The questions that the ward can switch on and off, of any of its huddles: their short labels by name."""
    every = (one for huddle_set in library.huddle_sets for one in huddle_set.questions_for(ward.specialty))
    return {one.name: one.short for one in every if one.name not in ALWAYS}


def too_many(library: Library, ward: Ward) -> str:
    """What to say where one of the ward's huddles would ask more than fits into five minutes; else nothing."""
    for huddle_set in library.huddle_sets:
        questions = asked(huddle_set, ward)
        if (over := len(questions) - MOST_QUESTIONS) > 0:
            own = {one.name for one in own_questions(ward)}
            free = [one.short for one in reversed(questions) if not (one.required or one.name in own)][: over + 2]
            return (
                f"The {huddle_set.title.lower()} would ask {len(questions)} questions, and {MOST_QUESTIONS} fit into "
                f"five minutes. Please switch off {count(over, 'more', 'more')}, such as {listed(free)}."
            )
    return ""


def is_unsuitable(library: Library, label: str, answers: Sequence[str]) -> bool:
    """Whether a question labels people or teaches holds, as the library's own texts must not either."""
    options = tuple(Option(f"answer_{n}", one) for n, one in enumerate(answers, 1))
    question = Question(name="own", ask="one_of", label=label, short=label, required=False, options=options)
    return any(any(rule(question, library.banned)) for rule in (no_banned_words, no_holds))


def with_own(ward: Ward, wanted: Sequence[tuple[str, Sequence[str]]]) -> list[dict[str, Any]]:
    """The ward's `own_questions` once these, each with its answers, are asked.

    One that is as it was keeps its name. Any other gets a name that was never used here, so that no stored answer is
    read by another question's words.
    """
    new = [
        {"label": label, "options": [{"value": f"answer_{n}", "label": one} for n, one in enumerate(answers, 1)]}
        for label, answers in wanted
    ]
    before = [{key: one[key] for key in ("name", "label", "options")} for one in ward.own_questions]
    asked_before = [{key: one[key] for key in ("label", "options")} for one in before]
    kept = [one if bare in new else one | {RETIRED: True} for one, bare in zip(before, asked_before, strict=True)]
    added = [one for one in new if one not in asked_before]
    return [*kept, *({"name": f"own_{n}", **one} for n, one in enumerate(added, len(kept) + 1))]


def _off(ward: Ward) -> set[str]:
    return {name for name in ward.questions_off if name not in ALWAYS}


def _own(kept: Mapping[str, Any]) -> Question:
    label = str(kept["label"])
    options = tuple(Option(**option) for option in kept["options"])
    return Question(name=kept["name"], ask="one_of", label=label, short=label, required=False, options=options)


def _with_own(questions: Sequence[Question], own: Sequence[Question]) -> tuple[Question, ...]:
    decide = [one.name for one in questions].index("action")
    return (*questions[:decide], *own, *questions[decide:])
