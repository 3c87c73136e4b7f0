"""A trust's own folder over the built-in content: it adds, replaces and withdraws, and is held to the same rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path
import shutil

import pytest

from bot.prompts.library import ContentError, Library
from bot.prompts.library.check import check
from bot.prompts.library.library import MOST_MENTIONS
from tests.prompts.conftest import change, first_item, write

REMINDERS = "reminders/surroundings.yaml"  # its first item is environment-001
TODAY = date(2026, 12, 1)


@pytest.fixture
def item(shelf: Path) -> dict[str, object]:
    """A sound reminder: environment-001."""
    return first_item(shelf / REMINDERS)


def test_an_item_with_a_new_id_is_added(shelf: Path, own: Path, item: dict[str, object]) -> None:
    write(own / "reminders/ours.yaml", {**item, "id": "environment-900"})
    library = Library.load(own, shelf)
    assert library.faults == ()
    assert {"environment-001", "environment-900"} <= library.reminders.keys()
    assert library.own == {"added": ("environment-900",), "replaced": (), "withdrawn": ()}


def test_an_item_with_a_known_id_replaces_that_one(shelf: Path, own: Path, item: dict[str, object]) -> None:
    write(own / "reminders/ours.yaml", {**item, "settings": ["acute"], "version": "2"})
    library = Library.load(own, shelf)
    assert library.reminders["environment-001"].settings == ("acute",)
    assert library.reminders.keys() == Library.load(built_in=shelf).reminders.keys()
    assert library.own == {"added": (), "replaced": ("environment-001",), "withdrawn": ()}


def test_other_words_need_a_higher_version_and_an_exact_copy_does_not(
    shelf: Path, own: Path, item: dict[str, object]
) -> None:
    """Whoever reads an item again should be able to tell that it is another."""
    write(own / "reminders/ours.yaml", item)
    assert Library.load(own, shelf).faults == ()
    write(own / "reminders/ours.yaml", {**item, "settings": ["acute"]})
    library = Library.load(own, shelf)
    [fault] = library.faults
    assert fault.reason == "version: should be over 1, the version that it replaces"
    assert library.reminders["environment-001"] == Library.load(built_in=shelf).reminders["environment-001"]


def test_a_source_of_the_built_in_library_keeps_its_name_and_none_claims_proof(
    shelf: Path, own: Path, item: dict[str, object]
) -> None:
    """Its name stands beside every item that rests on it."""
    renamed = {"key": "safewards", "name": "Ours", "kind": "programme", "where": "here"}
    proven = {"key": "ours", "name": "Proven to work", "kind": "programme", "where": "here"}
    write(own / "sources.yaml", renamed, proven)
    reasons = sorted(fault.reason for fault in Library.load(own, shelf).faults)
    assert reasons == [
        "key: the built-in library has this key: take another",
        "name: should not say “Proven”: it is in banned.yaml",
    ]


def test_every_kind_can_be_added_to(shelf: Path, own: Path) -> None:
    for file in ("supervision/repair.yaml", "panel/rights.yaml", "recognition/care.yaml", "scenarios/talking.yaml"):
        one = first_item(shelf / file)
        write(own / file, {**one, "id": f"{str(one['id'])[:-3]}900"})
    library = Library.load(own, shelf)
    assert library.own
    assert library.own["added"] == ("panel-900", "recognition-900", "scene-one-voice-900", "supervision-900")


def test_a_huddle_set_can_be_replaced(shelf: Path, own: Path) -> None:
    write(
        own / "huddles/ours.yaml",
        {**first_item(shelf / "huddles/close.yaml"), "title": "Teatime huddle", "version": "9"},
    )
    assert [one.title for one in Library.load(own, shelf).huddle_sets if one.id == "close"] == ["Teatime huddle"]


def test_posters_are_added_and_replaced_and_a_broken_one_replaces_nothing(shelf: Path, own: Path) -> None:
    flow, swaps = (first_item(shelf / f"posters/{name}.yaml") for name in ("debrief", "soft-words"))
    write(
        own / "posters/ours.yaml",
        {**swaps, "title": "Kind words", "version": "9"},
        {**swaps, "id": "poster-ours", "title": "Ours"},
    )
    write(own / "posters/broken.yaml", {**flow, "theme": "pink"})
    library = Library.load(own, shelf)
    assert [fault.item for fault in library.faults] == ["poster-debrief"]
    assert library.posters["poster-soft-words"].title == "Kind words"
    assert library.posters["poster-ours"].name == "ours"
    assert library.posters["poster-debrief"].title == flow["title"]
    assert library.own == {
        "added": ("poster-ours",),
        "replaced": ("poster-debrief", "poster-soft-words"),
        "withdrawn": (),
    }


def test_a_poster_is_withdrawn_and_its_id_is_never_used_again(shelf: Path, own: Path) -> None:
    write(own / "withdrawn.yaml", {"id": "poster-debrief", "on": "2026-12-01", "why": "We have our own"})
    library = Library.load(own, shelf)
    assert library.faults == ()
    assert "poster-debrief" not in library.posters
    assert library.withdrawn["poster-debrief"].why == "We have our own"
    anew = {"written_on": "2026-12-02", "review_by": "2027-12-02", "version": "9"}
    write(own / "posters/ours.yaml", {**first_item(shelf / "posters/debrief.yaml"), **anew})
    [fault] = Library.load(own, shelf).faults
    assert fault.reason == "id: the id was withdrawn on 2026-12-01 and is never used again"


def test_a_withdrawn_item_is_not_sent_and_is_counted(shelf: Path, own: Path) -> None:
    write(own / "withdrawn.yaml", {"id": "environment-001", "on": "2026-12-01", "why": "It does not fit here"})
    library = Library.load(own, shelf)
    assert library.faults == ()
    assert "environment-001" not in library.reminders
    assert "environment-001" not in {one.id for one in library.reminders_for("acute", TODAY)}
    assert library.withdrawn["environment-001"].why == "It does not fit here"
    assert library.own == {"added": (), "replaced": (), "withdrawn": ("environment-001",)}


def test_the_built_in_library_withdraws_in_the_same_way(shelf: Path) -> None:
    write(shelf / "withdrawn.yaml", {"id": "panel-003", "on": "2026-12-01", "why": "Asked too often"})
    library = Library.load(built_in=shelf)
    assert "panel-003" not in library.panel
    assert library.withdrawn.keys() == {"panel-003"}


@pytest.mark.parametrize("where", ["shelf", "own"])
def test_the_id_of_a_withdrawn_item_is_never_used_again(
    shelf: Path, own: Path, item: dict[str, object], where: str
) -> None:
    """Whoever had it would be taken to have seen the new one; nor does it come back by a trust's folder."""
    write(shelf / "withdrawn.yaml", {"id": "environment-001", "on": "2026-12-01", "why": "It was wrong"})
    anew = {**item, "written_on": "2026-12-02", "review_by": "2027-12-02", "version": "9"}
    if where == "own":
        write(own / "reminders/ours.yaml", anew)
    else:
        change(shelf / REMINDERS, lambda one: one.update(anew))
    library = Library.load(own, shelf)
    [fault] = library.faults
    assert fault.item == "environment-001"
    assert fault.reason == "id: the id was withdrawn on 2026-12-01 and is never used again"
    assert "environment-001" not in library.reminders


def test_a_withdrawal_of_nothing_is_named(shelf: Path, own: Path) -> None:
    """A slip of the finger must not leave something in use that was thought to be out of it."""
    write(own / "withdrawn.yaml", {"id": "enviroment-001", "on": "2026-12-01", "why": "It was wrong"})
    [fault] = Library.load(own, shelf).faults
    assert str(fault) == f"{own}/withdrawn.yaml:1: enviroment-001: id: no item has this id: is it mistyped?"


def test_a_withdrawal_with_a_fault_still_withdraws(shelf: Path, own: Path) -> None:
    write(own / "withdrawn.yaml", {"id": "environment-001", "on": "yesterday"})
    library = Library.load(own, shelf)
    assert {fault.reason.partition(":")[0] for fault in library.faults} == {"on", "why"}
    assert "environment-001" not in library.reminders


@pytest.mark.parametrize("written", ["- {id: [never closed\n", "- {on: 2026-12-01, why: It was wrong}\n"])
def test_where_withdrawals_cannot_be_read_the_service_does_not_start(shelf: Path, own: Path, written: str) -> None:
    """It would send what somebody wanted stopped."""
    (own / "withdrawn.yaml").write_text(written)
    with pytest.raises(ContentError, match=r"withdrawn\.yaml:"):
        Library.load(own, shelf)


def test_nothing_withdrawn_is_no_fault(shelf: Path, own: Path) -> None:
    (own / "withdrawn.yaml").write_text("# nothing yet\n")
    assert Library.load(own, shelf).faults == ()


def test_a_broken_item_replaces_nothing(shelf: Path, own: Path, item: dict[str, object]) -> None:
    write(own / "reminders/ours.yaml", {**item, "text": "Too short."})
    library = Library.load(own, shelf)
    [fault] = library.faults
    assert str(fault).startswith(f"{own}/reminders/ours.yaml:")
    assert library.reminders["environment-001"] == Library.load(built_in=shelf).reminders["environment-001"]


def test_an_item_cannot_be_replaced_by_one_of_another_kind(shelf: Path, own: Path) -> None:
    write(own / "huddles/ours.yaml", {**first_item(shelf / "huddles/close.yaml"), "id": "panel-003"})
    library = Library.load(own, shelf)
    assert [fault.reason for fault in library.faults] == ["id: the id is taken in panel/rights.yaml, by another kind"]
    assert "panel-003" in library.panel


def test_a_trusts_items_keep_the_same_rules(shelf: Path, own: Path, item: dict[str, object]) -> None:
    """Nor are the band shares its own affair."""
    text = f"Kicking off is no way to speak of it. {item['text']}"
    write(own / "reminders/ours.yaml", {**item, "id": "environment-900", "text": text})
    assert "environment-900" in {fault.item for fault in check(Library.load(own, shelf))}


def test_a_trusts_own_source_can_be_named(shelf: Path, own: Path, item: dict[str, object]) -> None:
    write(own / "sources.yaml", {"key": "our-policy", "name": "Our policy 12", "kind": "practice_guide", "where": "x"})
    write(own / "reminders/ours.yaml", {**item, "id": "environment-900", "source": ["our-policy", "nice-ng10"]})
    library = Library.load(own, shelf)
    assert library.faults == ()
    assert library.reminders["environment-900"].source_names == "Our policy 12; NICE NG10 (2015)"


def test_a_trusts_banned_words_hold_for_the_built_in_items_too(shelf: Path, own: Path) -> None:
    """And the built-in list stays."""
    (own / "banned.yaml").write_text("labels: [main lounge]\n")
    library = Library.load(own, shelf)
    [fault] = library.faults
    assert (fault.item, fault.reason) == (
        "environment-001",
        "text: should not say “main lounge”: it is in banned.yaml",
    )
    assert "proven" in library.banned.labels


def test_a_careless_line_of_a_trusts_banned_words_is_named_and_the_others_count(shelf: Path, own: Path) -> None:
    """A phrase of nothing would match everything, or nothing: it does not stop the start."""
    (own / "banned.yaml").write_text(
        "labels:\n  - ''\n  - '*'\n  - main lounge\n  - [play, room]\nhold: [stand still]\nholds: [in one hand]\n"
    )
    library = Library.load(own, shelf)
    assert [(fault.line, fault.reason.partition(":")[0]) for fault in library.faults if fault.item == "banned"] == [
        (2, "labels.1"),
        (3, "labels.2"),
        (5, "labels.4"),
        (6, "hold"),
    ]
    assert [fault.item for fault in library.faults if fault.item != "banned"] == ["environment-001"]
    built_in = Library.load(built_in=shelf).banned
    assert library.banned.labels == (*built_in.labels, "main lounge")
    assert library.banned.holds == (*built_in.holds, "in one hand")


def test_a_phrase_that_would_empty_the_library_is_named_and_not_used(shelf: Path, own: Path) -> None:
    """Once more than `MOST_MENTIONS` times in the built-in content, in any writing: "the", or "staff*"."""
    file = shelf / REMINDERS
    text = file.read_text(encoding="utf-8")
    mention = "# Hum-drummer\n"
    (own / "banned.yaml").write_text("labels: [main lounge]\nholds: [hum drum*]\n")

    file.write_text(text + mention * MOST_MENTIONS, encoding="utf-8")
    assert "hum drum*" in Library.load(own, shelf).banned.holds

    file.write_text(text + mention * (MOST_MENTIONS + 1), encoding="utf-8")
    library = Library.load(own, shelf)
    assert "hum drum*" not in library.banned.holds
    assert [str(fault) for fault in library.faults if fault.item == "banned"] == [
        f"{own}/banned.yaml:2: banned: holds.1: “hum drum*” is not used: it is in the built-in content 21 times; "
        "replace those items first"
    ]
    assert "main lounge" in library.banned.labels, "the others count"


def test_a_copy_of_the_built_in_banned_words_adds_nothing(shelf: Path, own: Path) -> None:
    """A trust that begins with a copy of the whole folder: each phrase is looked for once, or the start takes long."""
    shutil.copy(shelf / "banned.yaml", own)
    library = Library.load(own, shelf)
    assert library.faults == ()
    assert library.banned == Library.load(built_in=shelf).banned


def test_where_a_trusts_banned_words_cannot_be_read_the_service_does_not_start(shelf: Path, own: Path) -> None:
    """Nobody could know what the trust wants left out; of an empty file everybody knows."""
    (own / "banned.yaml").write_text("labels: [never closed\n")
    with pytest.raises(ContentError, match=r"own/banned\.yaml:2: is not YAML"):
        Library.load(own, shelf)
    for empty in ("", "# nothing yet\n"):
        (own / "banned.yaml").write_text(empty)
        assert Library.load(own, shelf).faults == ()


def test_a_pick_list_is_replaced_by_its_name(shelf: Path, own: Path) -> None:
    (own / "picklists.yaml").write_text(
        "recorded:\n"
        "  - {value: 'yes', label: 'Yes, on our system'}\n"
        "  - {value: not_yet, label: Not yet}\n"
        "  - {value: dont_know, label: Not sure}\n"
    )
    library = Library.load(own, shelf)
    assert library.faults == ()
    assert library.label("recorded", "yes") == "Yes, on our system"
    assert library.pick_lists.area == Library.load(built_in=shelf).pick_lists.area


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (
            "recorded:\n  - {value: 'yes', label: 'Yes'}\n",
            "recorded: lacks not_yet, dont_know: stored answers use every value, so only labels may change",
        ),
        ("recorded: []\n", "recorded: should hold at least 1"),
        ("colours: []\n", "colours: is not a field here"),
        ("- recorded\n", "should be fields and their values"),
    ],
)
def test_a_pick_list_with_a_fault_replaces_nothing(shelf: Path, own: Path, written: str, reason: str) -> None:
    (own / "picklists.yaml").write_text(written)
    library = Library.load(own, shelf)
    [fault] = library.faults
    assert fault.reason == reason
    assert library.pick_lists == Library.load(built_in=shelf).pick_lists


def test_leanings_are_added_by_value(shelf: Path, own: Path) -> None:
    (own / "leanings.yaml").write_text("noise: [activity]\n")
    library = Library.load(own, shelf)
    assert library.leanings["noise"] == ("activity",)
    assert library.leanings["crowding"] == ("environment", "sensory")


def test_what_would_never_be_read_is_named(shelf: Path, own: Path, item: dict[str, object]) -> None:
    """A misspelt folder, a name as some editors end it; notes and hidden files are let be."""
    write(own / "reminder/ours.yaml", item)
    write(own / "reminders/ours.yaml.txt", item)
    write(own / "posters/ours.pdf", item)
    for name in ("README.md", ".DS_Store", "reminders/notes.md"):
        (own / name).write_text("not content")
    wrong = [str(fault) for fault in Library.load(own, shelf).faults]
    assert wrong[1].startswith(f"{own}/reminder: is not read; known are reminders, scenarios, huddles, ")
    assert [wrong[0], wrong[2]] == [
        f"{own}/posters/ours.pdf: is not read: its name should end in .yaml",
        f"{own}/reminders/ours.yaml.txt: is not read: its name should end in .yaml",
    ]


def test_a_folder_that_is_not_there_stops_the_start(shelf: Path, tmp_path: Path) -> None:
    """Its withdrawals would be missing."""
    with pytest.raises(ContentError, match="nowhere: is not a folder"):
        Library.load(tmp_path / "nowhere", shelf)
