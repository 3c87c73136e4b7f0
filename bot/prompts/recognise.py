"""What plain words say of the form's pick lists: plain word matching, which never guesses how bad a thing was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
import re

from bot.prompts.library import Library

READ_MOST = 3_000
"""Characters read of what somebody wrote."""
LISTS = ("building", "helped", "area", "shift_band")
ONE_ONLY = ("area", "shift_band")
"""Lists of which one is chosen: where the words name two, neither is."""
WORDS: Mapping[str, Mapping[str, str]] = {
    "building": {
        "noise": "nois*, loud, crowd*, shouting, too many people",
        "waiting": "waiting, waited, queue*, delay*, late",
        "change_of_plan": "change of plan*, plans changed, cancel*, called off, postpone*",
        "bad_news": "bad news, difficult news, upsetting news, difficult call, upsetting call",
        "unmet_need": "pain, thirst*, hungry, hunger, toilet, tired, no sleep, slept badly",
        "boundary": "turned down, told no, said no, not allowed, ward rule*",
        "peer_conflict": "argu*, quarrel*, tension, fell out",
        "sensory_overload": "too bright, bright light*, smell*, too hot, too cold",
        "confusion": "confus*, disorient*, not understood, misunderst*",
    },
    "helped": {
        "listening": "listen*",
        "space": "gave space, giving space, gave * space, gave * time, giving time, stepped back, space and time",
        "choice": "choice*",
        "familiar_face": "familiar face*, familiar staff, someone they know, someone they knew",
        "quiet_place": "quiet room, quiet place, quiet space, quiet corner, quieter room, quieter place",
        "activity": "activit*, a walk, music, game*, drawing, craft*",
        "explanation": "explain*, explanation*",
        "sensory_item": "blanket*, stress ball*, fidget*, headphones, ear defenders, sensory item*",
        "need_met": "a drink, cup of tea, pain relief, painkiller*, something to eat, snack*",
    },
    "area": {
        "bedrooms": "bedroom*, corridor*",
        "lounge": "lounge*, day room, dayroom, tv room",
        "dining": "dining",
        "garden": "garden*, courtyard*",
        "clinic": "clinic, clinic room, treatment room",
        "entrance": "entrance, front door, ward door, by the office",
        "off_ward": "off the ward, off ward",
    },
    "shift_band": {
        "morning": "morning, breakfast",
        "afternoon": "afternoon",
        "evening": "evening",
        "night": "night, overnight",
    },
}
"""The words that a value of a pick list is read from: `*` at a word's end for any ending, alone for any one word."""
WENT_WELL = "went well, worked well, success*, proud, did well, settled well, managed well"


@dataclass(frozen=True)
class Read:
    """What was read: `values` by pick list, and whether it tells of something that went well."""

    values: Mapping[str, tuple[str, ...]]
    success: bool

    def labels(self, library: Library) -> list[str]:
        """The values as the form shows them."""
        return [library.label(name, value) for name, values in self.values.items() for value in values]


def recognise(text: str) -> Read:
    """The pick-list values that the words name."""
    plain = " ".join(re.findall(r"\w+", text[:READ_MOST].lower()))
    found = {
        name: tuple(value for value, words in WORDS[name].items() if _pattern(words).search(plain)) for name in LISTS
    }
    values = {name: chosen for name, chosen in found.items() if chosen and (len(chosen) == 1 or name not in ONE_ONLY)}
    return Read(values, bool(_pattern(WENT_WELL).search(plain)))


@cache
def _pattern(words: str) -> re.Pattern[str]:
    phrases = (re.escape(phrase.strip()).replace(r"\*", r"\w*").replace(r"\ ", " ") for phrase in words.split(","))
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b")
