"""What the words of an item must keep, whatever their shape: a small function for each rule.

An item that breaks a rule of `TO_BE_SENT` is left out of the library. One that breaks a rule of `TO_BE_CLEAN` is still
sent, and `bot content check` names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
import re

from bot.chat.message import Option
from bot.prompts.library.items import TOPICS, Banned, Debrief, Part, PickLists, Reminder, Reviewed, Scenario, Source
from bot.prompts.library.posters import Poster
from bot.prompts.library.read import Where

Breach = tuple[Where, str]
Rule = Callable[[Part, Banned], Iterator[Breach]]

NOT_TRAINING = "certified training"
FORCE = ("restraint", "rapid_tranquillisation", "seclusion")
STEPPING_IN = re.compile(r"\b(?:force|restrain\w*|seclu\w*|tranquillis\w*)\b", re.IGNORECASE)
"""What a poster touches on, whatever band it names: it may name none."""
OLDEST_READING_AGE = 11
FEWEST_WORDS_TO_JUDGE = 15
"""The formula needs a sentence or two: a label of three long words would seem a degree's work."""


def texts(part: object, where: Where = ()) -> Iterator[tuple[Where, str]]:
    """Every text of an item, with the way to it. Codes are among them (`band`): no rule of words can touch them."""
    if isinstance(part, str):
        yield where, part
    elif isinstance(part, Option):
        yield (*where, "label"), part.label
    elif isinstance(part, Part) and not isinstance(part, Source):
        for name, field in type(part).model_fields.items():
            yield from texts(getattr(part, name), (*where, field.alias or name))
    elif isinstance(part, Mapping):
        for name, one in part.items():
            yield from texts(one, (*where, name))
    elif isinstance(part, Sequence):
        for position, one in enumerate(part):
            yield from texts(one, (*where, position))


def no_banned_words(item: Part, banned: Banned) -> Iterator[Breach]:
    """Words shape care: a label that blames a person, or a claim beyond the evidence, is not passed on."""
    pattern = phrase_pattern(banned.labels)
    for where, text in texts(item):
        if found := pattern.search(text):
            yield where, f"should not say “{found[0]}”: it is in banned.yaml"


def wrong_in_source(source: Source, banned: Banned) -> Iterator[Breach]:
    """A source's name is shown beside every item that rests on it, so it claims no more than they may."""
    pattern = phrase_pattern(banned.labels)
    for field, text in (("name", source.name), ("where", source.where)):
        if found := pattern.search(text):
            yield (field,), f"should not say “{found[0]}”: it is in banned.yaml"


def no_holds(item: Part, banned: Banned) -> Iterator[Breach]:
    """Holds are learned from accredited trainers and never from a message.

    A choice marked unsafe may name one, and so may the list by which what was used is counted. It finds the phrases
    that it knows, and no rule can find all: whoever reviews an item looks for the others.
    """
    pattern = phrase_pattern(banned.holds)
    unsafe = {
        ("choices", number, "text")
        for number, choice in enumerate(item.choices if isinstance(item, Scenario) else ())
        if not choice.safe
    }
    for where, text in texts(item):
        counted = isinstance(item, PickLists) and where[0] == "used"
        if where not in unsafe and not counted and (found := pattern.search(text)):
            yield where, f"reads as an instruction in holds or restraint (“{found[0]}”): it is in banned.yaml"


def certified_training_named(item: Part, _: Banned) -> Iterator[Breach]:
    """Where it comes to intervention, nobody may take a message for their training."""
    if isinstance(item, Reminder | Scenario):
        is_of_it = TOPICS[item.topic] == "intervention"
        where, said = ("scene", item.scene) if isinstance(item, Scenario) else ("text", item.text)
    elif isinstance(item, Debrief):
        is_of_it, where, said = item.event in FORCE, "close", item.close
    elif isinstance(item, Poster):
        is_of_it = item.band == "intervention" or bool(STEPPING_IN.search(" ".join(item.words())))
        where, said = "note", item.note or ""
    else:
        return
    if is_of_it and NOT_TRAINING not in " ".join(said.lower().split()):
        yield (where,), f"should say that it does not replace “{NOT_TRAINING}”"


def no_identifiers(item: Part, _: Banned) -> Iterator[Breach]:
    """What is sent to every ward must not tell of one patient: a trust's own item may have begun as a real event."""
    from bot.privacy.identifiers import find  # a tenth of a second, and only reading content needs it

    for where, text in texts(item):
        for finding in find(text):
            yield where, f"“{text[finding.start : finding.end]}” could point to a patient"


def reading_age(item: Part, _: Banned) -> Iterator[Breach]:
    """A tired reader, and one whose first language is not English, should get it in one reading."""
    short: list[str] = []
    for where, text in texts(item):
        if " " not in text:
            continue  # a code, or a word by itself
        if len(text.split()) < FEWEST_WORDS_TO_JUDGE:
            short.append(text.rstrip(".?!:"))
        elif (age := reading_age_of(text)) > OLDEST_READING_AGE:
            yield where, f"has a reading age of {age:.1f}, over {OLDEST_READING_AGE}: use shorter sentences or words"
    together = ". ".join(short)
    if len(together.split()) >= FEWEST_WORDS_TO_JUDGE and (age := reading_age_of(together)) > OLDEST_READING_AGE:
        yield (
            (),
            f"its short texts together have a reading age of {age:.1f}, over {OLDEST_READING_AGE}: use shorter words",
        )


def own_feedback(item: Part, _: Banned) -> Iterator[Breach]:
    """Someone who chose differently should learn something else: and if every choice is right, there is none."""
    if isinstance(item, Scenario):
        if len({choice.feedback for choice in item.choices}) < len(item.choices):
            yield ("choices",), "two choices have the same feedback"
        if all(choice.safe for choice in item.choices):
            yield ("choices",), "every choice is safe, so there is nothing to choose"


TO_BE_SENT: tuple[Rule, ...] = (no_banned_words, no_holds, certified_training_named, no_identifiers)
TO_BE_CLEAN: tuple[Rule, ...] = (reading_age, own_feedback)


def breaches(rules: Sequence[Rule], item: Reviewed | PickLists, banned: Banned) -> Iterator[Breach]:
    """Whatever an item breaks of these rules."""
    for rule in rules:
        yield from rule(item, banned)


def reading_age_of(text: str) -> float:
    """The age at which most children can read a text: its Flesch-Kincaid grade, which is a US school year, plus 5."""
    from textstat import textstat  # a quarter of a second, and only the check needs it

    return float(textstat.flesch_kincaid_grade(text)) + 5


@lru_cache
def phrase_pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for all phrases: whole words in any case, hyphens as spaces, `*` for any ending.

    Grouped by their first word, which is several times as quick for hundreds of them.
    """
    rests: dict[str, list[str]] = {}
    for phrase in phrases:
        first, *rest = map(_word, re.split(r"[\s-]+", phrase.strip()))
        rests.setdefault(first, []).append("".join(rf"[\s-]+{word}" for word in rest))
    each = (f"{first}(?:{'|'.join(sorted(rest, key=len, reverse=True))})" for first, rest in rests.items())
    return re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)", re.IGNORECASE)


def _word(word: str) -> str:
    return re.sub(r"(?:\\\*)+", r"\\w*", re.escape(word))  # of many stars, one: more would take for ever
