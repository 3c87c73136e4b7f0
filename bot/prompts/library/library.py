"""The library: what is sound of the built-in content and of a trust's own, laid over it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import RootModel

from bot.chat.message import Option
from bot.prompts.library.items import (
    Banned,
    Debrief,
    HuddleSet,
    NewsletterPart,
    PanelQuestion,
    PickLists,
    Recognition,
    Reminder,
    Reviewed,
    Scenario,
    Season,
    Shift,
    Source,
    Supervision,
    Topic,
    Withdrawal,
)
from bot.prompts.library.posters import Poster
from bot.prompts.library.read import KINDS, ContentError, Entry, Fault, Shelf
from bot.prompts.library.rules import TO_BE_SENT, Breach, breaches, phrase_pattern, wrong_in_source
from bot.settings import BUILT_IN_CONTENT

_Item = TypeVar("_Item", bound=Reviewed)

MOST_MENTIONS = 20
"""How often the built-in content may hold a phrase that a trust bans: it leaves out all items that do."""
SEASONS: tuple[Season, ...] = ("winter", "spring", "summer", "autumn")
"""Three months each, from December."""


class NothingFits(Exception):
    """The library has nothing to send: what would fit is withdrawn, or past its review. Said for the digital team."""


class _Leanings(RootModel[Mapping[str, tuple[Topic, ...]]]):
    """Topics that help where reports and huddles name a value."""


@dataclass(frozen=True)
class Library:
    """All content that may be sent, by id; huddle sets in the order of the day. `faults` says what was left out.

    `withdrawn` has the items that are not sent any more, and `entries` says where each item stands. `own` is what a
    trust's folder does, where there is one: the ids that it added, replaced and withdrew.
    """

    reminders: Mapping[str, Reminder]
    scenarios: Mapping[str, Scenario]
    huddle_sets: tuple[HuddleSet, ...]
    supervision: Mapping[str, Supervision]
    debriefs: Mapping[str, Debrief]
    newsletter: Mapping[str, NewsletterPart]
    recognition: Mapping[str, Recognition]
    panel: Mapping[str, PanelQuestion]
    posters: Mapping[str, Poster]
    pick_lists: PickLists
    leanings: Mapping[str, tuple[str, ...]]
    withdrawn: Mapping[str, Withdrawal]
    banned: Banned
    entries: Mapping[str, Entry]
    own: Mapping[str, tuple[str, ...]] | None
    faults: tuple[Fault, ...]

    @classmethod
    def load(cls, overlay: Path | None = None, built_in: Path = BUILT_IN_CONTENT) -> Library:
        """The built-in content with a trust's own folder laid over it: an item with a known id replaces that one.

        What is broken is left out, and is in `faults`; a broken item replaces nothing. Raises `ContentError` where the
        bot can't work with what is left, or can't know what it must not send.
        """
        return _Loading(built_in, overlay).library()

    @property
    def items(self) -> tuple[Reviewed, ...]:
        """Every item of every kind."""
        by_id = (
            self.reminders,
            self.scenarios,
            self.supervision,
            self.debriefs,
            self.newsletter,
            self.recognition,
            self.panel,
            self.posters,
        )
        return (*self.huddle_sets, *(item for kind in by_id for item in kind.values()))

    def reminders_for(self, setting: str, on: date, shift: Shift | None = None) -> tuple[Reminder, ...]:
        """The reminders that fit a ward of that setting, that season and that shift, in review on that day, by id."""
        season = SEASONS[on.month % 12 // 3]
        return tuple(
            one
            for one in _fitting(self.reminders.values(), setting, on)
            if season in (one.seasons or SEASONS) and (shift is None or shift in (one.shifts or (shift,)))
        )

    def scenarios_for(self, setting: str, on: date) -> tuple[Scenario, ...]:
        """The scenarios that fit a ward of that setting and are in review on that day, in order of id."""
        return tuple(_fitting(self.scenarios.values(), setting, on))

    def huddle_set_at(self, local_time: time, on: date) -> HuddleSet:
        """The huddle set of a prompt at that local time of day.

        Where its review is overdue on that day, the one for the hours before it, rather than none. Raises `NothingFits`
        where all are overdue.
        """
        fitting = [one for one in self.huddle_sets if not one.expired(on)]
        if not fitting:
            raise NothingFits(f"No huddle set is in review on {on}.")
        return min(fitting, key=lambda one: (not one.covers(local_time), one.since_start(local_time)))

    def label(self, list_name: str, value: str) -> str:
        """What to show for a stored value of a pick list or a huddle question.

        Stored answers outlive the lists: a value no longer offered is shown as plain words.
        """
        return self._labels.get((list_name, value)) or value.replace("_", " ").capitalize()

    @cached_property
    def _labels(self) -> Mapping[tuple[str, str], str]:
        """What is shown for each value, by list: of two that share a value, as the first says it."""
        labels: dict[tuple[str, str], str] = {}
        for name, option in self.options():
            labels.setdefault((name, option.value), option.label)
        return labels

    def options(self) -> Iterator[tuple[str, Option]]:
        """Every option with the name of its list or question."""
        for huddle_set in self.huddle_sets:
            for questions in (huddle_set.questions, *huddle_set.variants.values()):
                for question in questions:
                    yield from ((question.name, option) for option in question.options)
        for name, options in self.pick_lists:
            yield from ((name, option) for option in options)

    def overdue(self, on: date) -> tuple[Reviewed, ...]:
        """The items whose review is overdue on that day, and which are not sent for that."""
        return tuple(item for item in self.items if item.expired(on))

    def counts(self) -> dict[str, int]:
        """How many items of each kind there are."""
        return {
            "reminders": len(self.reminders),
            "scenarios": len(self.scenarios),
            "huddle_sets": len(self.huddle_sets),
            "pick_lists": len(PickLists.model_fields),
            "supervision": len(self.supervision),
            "debriefs": len(self.debriefs),
            "newsletter": len(self.newsletter),
            "recognition": len(self.recognition),
            "panel": len(self.panel),
            "posters": len(self.posters),
        }


_Set = TypeVar("_Set", Reminder, Scenario)


def _fitting(items: Iterable[_Set], setting: str, on: date) -> list[_Set]:
    fitting = (one for one in items if setting in one.settings and not one.expired(on))
    return sorted(fitting, key=lambda one: one.id)


class _Loading:
    """One reading of the folders: first what decides over items, then the items."""

    def __init__(self, built_in: Path, overlay: Path | None) -> None:
        self.faults: list[Fault] = []
        self.overlay = overlay
        self.seen: list[Collection[str]] = []  # the ids in each folder, sound or not
        self.shelves = [Shelf(built_in, "", self.faults)]
        if overlay:
            self.shelves.append(Shelf(overlay, f"{overlay}/", self.faults))
        for shelf in self.shelves:
            if not shelf.folder.is_dir():
                raise ContentError([Fault(str(shelf.folder), "", "is not a folder")])
        if overlay:
            self.faults += self.shelves[-1].strangers()
        self.banned = self._banned()
        self.sources = self._sources()
        self.withdrawals = self._withdrawals()

    def library(self) -> Library:
        """What is sound; raises `ContentError` where that is too little."""
        found = self._items()
        entries = {id: entry for id, (_, entry) in found.items()}
        sent = {id: item for id, (item, _) in found.items() if id not in self.withdrawals}
        reminders = _of(Reminder, sent)
        huddle_sets = tuple(sorted(_of(HuddleSet, sent).values(), key=lambda one: one.between))
        pick_lists = self._pick_lists()
        if not reminders:
            self.faults.append(Fault("reminders/", "", "there is no reminder to send"))
        if self._gap(huddle_sets) or not reminders or pick_lists is None:
            raise ContentError(self.faults)
        return Library(
            reminders=reminders,
            scenarios=_of(Scenario, sent),
            huddle_sets=huddle_sets,
            supervision=_of(Supervision, sent),
            debriefs=_of(Debrief, sent),
            newsletter=_of(NewsletterPart, sent),
            recognition=_of(Recognition, sent),
            panel=_of(PanelQuestion, sent),
            posters=_of(Poster, sent),
            pick_lists=pick_lists,
            leanings=self._leanings(),
            withdrawn={id: one for id, (one, _) in self.withdrawals.items() if id in found},
            banned=self.banned,
            entries=entries,
            own=self._own(entries) if self.overlay else None,
            faults=tuple(sorted(self.faults)),
        )

    def _sources(self) -> dict[str, Source]:
        found: dict[str, Source] = {}
        for shelf in self.shelves:
            here: set[str] = set()
            for entry in shelf.entries("sources.yaml"):
                if entry.id in here:
                    self.faults.append(entry.fault("the key is there twice", ("key",)))
                elif source := shelf.read(entry, Source):
                    if found.get(entry.id, source) != source:
                        self.faults.append(entry.fault("the built-in library has this key: take another", ("key",)))
                    elif broken := [entry.fault(words, where) for where, words in wrong_in_source(source, self.banned)]:
                        self.faults += broken
                    else:
                        found[source.key] = source
                here.add(entry.id)
        return found

    def _banned(self) -> Banned:
        """A trust's own list adds to the built-in one, and takes nothing from it."""
        shelf, *others = self.shelves
        entry = shelf.whole("banned.yaml")
        built_in = shelf.read(entry, Banned) if entry else None
        if not built_in or not built_in.labels or not built_in.holds:
            raise ContentError([*self.faults, Fault("banned.yaml", "", "should name labels and holds")])
        own = [self._own_banned(one, entry, built_in) for one in others if (entry := one.whole("banned.yaml"))]
        return Banned(
            labels=(*built_in.labels, *(phrase for one in own for phrase in one.labels)),
            holds=(*built_in.holds, *(phrase for one in own for phrase in one.holds)),
        )

    def _own_banned(self, shelf: Shelf, entry: Entry, built_in: Banned) -> Banned:
        """What of a trust's list can be read, to be on the safe side; but no phrase that would empty the library."""
        shelf.read(entry, Banned)
        found: dict[str, list[str]] = {"labels": [], "holds": []}
        text = self.shelves[0].text()
        for name, phrases in found.items():
            known = set(getattr(built_in, name))
            for number, phrase in shelf.phrases(entry, name):
                if phrase in known:
                    continue
                times = len(phrase_pattern((phrase,)).findall(text))
                if times > MOST_MENTIONS:
                    words = f"“{phrase}” is not used: it is in the built-in content {times} times"
                    self.faults.append(entry.fault(f"{words}; replace those items first", (name, number)))
                else:
                    phrases.append(phrase)
        return Banned(labels=tuple(found["labels"]), holds=tuple(found["holds"]))

    def _withdrawals(self) -> dict[str, tuple[Withdrawal, Entry]]:
        found: dict[str, tuple[Withdrawal, Entry]] = {}
        for shelf in self.shelves:
            for entry in shelf.entries("withdrawn.yaml"):
                one = shelf.read(entry, Withdrawal)
                if not entry.id:
                    raise ContentError(self.faults)
                # With an id that can be read it counts, whatever else is wrong with it: that is the safe side.
                found.setdefault(entry.id, (one or Withdrawal(id=entry.id, on=date.max, why="unknown"), entry))
        return found

    def _items(self) -> dict[str, tuple[Reviewed, Entry]]:
        """The items that keep their shape and the rules of what is sent; a later shelf's in place of an earlier's."""
        found: dict[str, tuple[Reviewed, Entry]] = {}
        for shelf in self.shelves:
            here: dict[str, Entry] = {}
            for kind, model in KINDS.items():
                for entry in shelf.items(kind):
                    if entry.id in here:
                        self.faults.append(entry.fault(f"the id is taken in {here[entry.id].file}", ("id",)))
                        continue
                    if entry.id:
                        here[entry.id] = entry
                    if item := self._item(shelf, entry, model, found):
                        found[item.id] = item, entry
            self.seen.append(here.keys())
        for id, (_, entry) in self.withdrawals.items():
            if not any(id in seen for seen in self.seen):
                self.faults.append(entry.fault("no item has this id: is it mistyped?", ("id",)))
        return found

    def _item(
        self, shelf: Shelf, entry: Entry, model: type[Reviewed], found: Mapping[str, tuple[Reviewed, Entry]]
    ) -> Reviewed | None:
        item = shelf.read(entry, model, {"sources": self.sources})
        if item is None:
            return None
        broken = [entry.fault(reason, where) for where, reason in breaches(TO_BE_SENT, item, self.banned)]
        if item.id in found and not isinstance(found[item.id][0], model):
            broken.append(entry.fault(f"the id is taken in {found[item.id][1].file}, by another kind", ("id",)))
        before = found[item.id][0] if item.id in found else item
        if item != before and item.version <= before.version:
            words = f"should be over {before.version}, the version that it replaces"
            broken.append(entry.fault(words, ("version",)))
        if item.id in self.withdrawals and item.written_on > (gone := self.withdrawals[item.id][0].on):
            broken.append(entry.fault(f"the id was withdrawn on {gone} and is never used again", ("id",)))
        self.faults += broken
        return None if broken else item

    def _pick_lists(self) -> PickLists | None:
        """A trust's lists replace the built-in ones by name."""
        lists: PickLists | None = None
        for shelf in self.shelves:
            if entry := shelf.whole("picklists.yaml"):
                read = shelf.read(entry, PickLists, before=dict(lists or ()))
                broken = [entry.fault(reason, where) for where, reason in self._wrong_in(read, lists)] if read else []
                self.faults += broken
                lists = lists if broken or read is None else read
        if lists is None and not any("picklists" in fault.file for fault in self.faults):
            self.faults.append(Fault("picklists.yaml", "", "is missing"))
        return lists

    def _wrong_in(self, lists: PickLists, before: PickLists | None) -> Iterator[Breach]:
        yield from breaches(TO_BE_SENT, lists, self.banned)
        for name, options in before or ():
            kept = {option.value for option in getattr(lists, name)}
            if lost := [option.value for option in options if option.value not in kept]:
                yield (name,), f"lacks {', '.join(lost)}: stored answers use every value, so only labels may change"

    def _leanings(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for shelf in self.shelves:
            if (entry := shelf.whole("leanings.yaml")) and (read := shelf.read(entry, _Leanings)):
                found |= read.root
        return found

    def _own(self, entries: Mapping[str, Entry]) -> dict[str, tuple[str, ...]]:
        built_in, mine = self.seen
        return {
            "added": tuple(sorted(id for id in mine if id in entries and id not in built_in)),
            "replaced": tuple(sorted(id for id in mine if id in entries and id in built_in)),
            "withdrawn": tuple(sorted(entry.id for entry in self.shelves[-1].entries("withdrawn.yaml"))),
        }

    def _gap(self, huddle_sets: Sequence[HuddleSet]) -> bool:
        """Whether there is a time of day that no huddle set is for; noted as a fault."""
        for minute in range(24 * 60):
            at = time(minute // 60, minute % 60)
            if not any(one.covers(at) for one in huddle_sets):
                self.faults.append(Fault("huddles/", "", f"no huddle set covers {at:%H:%M}"))
                return True
        return False


def _of(model: type[_Item], items: Mapping[str, Reviewed]) -> dict[str, _Item]:
    return {id: item for id, item in items.items() if isinstance(item, model)}
