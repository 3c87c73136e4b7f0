"""Reading content: what is broken is named with its file and line, and the rest still serves."""

from __future__ import annotations

from pathlib import Path
import shutil
from typing import Any

import pytest

from bot.prompts.library import MOST_OPTIONS, ContentError, Fault, Library
from tests.prompts.conftest import Break, change, first_item, write

REMINDERS = "reminders/intervention.yaml"  # its first item is when-not-to-intervene-001
SCENARIOS = "scenarios/talking.yaml"  # its first item is scene-one-voice-001
HUDDLE = "huddles/close.yaml"
FLOW = "posters/debrief.yaml"
SHARES = "posters/prevention-first.yaml"
SWAPS = "posters/soft-words.yaml"


def faults_in(folder: Path) -> list[Fault]:
    return list(Library.load(built_in=folder).faults)


def faults_that_stop(folder: Path) -> list[Fault]:
    with pytest.raises(ContentError) as caught:
        Library.load(built_in=folder)
    return caught.value.faults


def broken(shelf: Path, file: str, how: Break) -> Fault:
    """The fault once the first item of a file is changed."""
    change(shelf / file, how)
    [fault] = faults_in(shelf)
    assert fault.file == file
    return fault


def test_a_broken_item_is_named_with_file_line_and_field_and_the_rest_serves(shelf: Path) -> None:
    lines = (shelf / REMINDERS).read_text().splitlines()
    place = lines.index("  band: intervention", 10)  # the second item's
    lines[place] = "  band: crisis"
    (shelf / REMINDERS).write_text("\n".join(lines))

    library = Library.load(built_in=shelf)

    [fault] = library.faults
    assert str(fault) == (
        f"{REMINDERS}:{place + 1}: when-not-to-intervene-002: "
        "band: should be 'prevention', 'de_escalation' or 'intervention'"
    )
    assert "when-not-to-intervene-002" not in library.reminders
    assert {"when-not-to-intervene-001", "debrief-001", "environment-001"} <= library.reminders.keys()


def test_a_fault_deep_in_an_item_has_its_own_line(shelf: Path) -> None:
    lines = (shelf / SCENARIOS).read_text().splitlines()
    place = next(n for n, line in enumerate(lines) if line.lstrip().startswith("- text: ") and n > 12)
    lines[place] = "    - text: " + "x" * 76
    (shelf / SCENARIOS).write_text("\n".join(lines))
    [fault] = faults_in(shelf)
    assert fault.reason == "choices.2.text: should be at most 75 characters"
    assert fault.line == place + 1


def test_a_field_that_is_missing_is_named_at_its_item(shelf: Path) -> None:
    fault = broken(shelf, REMINDERS, lambda one: one.pop("text"))
    assert str(fault) == f"{REMINDERS}:1: when-not-to-intervene-001: text: is missing"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (lambda one: one.update(band="prevent"), "band: should be 'prevention', 'de_escalation' or"),
        (lambda one: one.update(band="prevention"), "belongs to the band intervention"),
        (lambda one: one.update(topic="weather"), "topic: “weather” is not one of relationship,"),
        (lambda one: one.update(settings=["acute", "maternity"]), "settings.2: should be 'mental_health'"),
        (lambda one: one.update(settings=[]), "settings: should hold at least 1"),
        (lambda one: one.update(settings="acute"), "settings: should be a list"),
        (lambda one: one.update(roles=["porter"]), "roles.1: should be 'nurse'"),
        (lambda one: one.update(shifts=["late"]), "shifts.1: should be 'day' or 'night'"),
        (lambda one: one.update(seasons=["monsoon"]), "seasons.1: should be 'spring'"),
        (lambda one: one.pop("source"), "source: is missing"),
        (lambda one: one.update(source=[]), "source: should name at least one source"),
        (lambda one: one.update(source="nice-ng10"), "source: should be a list"),
        (lambda one: one.update(source=["a-blog"]), "source.1: “a-blog” is no key of sources.yaml"),
        (lambda one: one.update(text="word " * 24), "text: should be 25 to 60 words, and is 24"),
        (lambda one: one.update(text="word " * 61), "text: should be 25 to 60 words, and is 61"),
        (lambda one: one.update(more="word " * 19), "more: should be 20 to 80 words, and is 19"),
        (lambda one: one.update(more="word " * 81), "more: should be 20 to 80 words, and is 81"),
        (lambda one: one.update(review_by="2027-13-45"), "review_by: Input should be a valid date"),
        (lambda one: one.pop("review_by"), "review_by: is missing"),
        (lambda one: one.update(review_by="2026-01-01"), "review_by should be after written_on"),
        (lambda one: one.update(review_by="2099-01-01"), "within 3 years"),
        (lambda one: one.update(version="0"), "version: Input should be greater than 0"),
        (lambda one: one.update(author="A. Nurse"), "author: is not a field here"),
        (lambda one: one.update(text={"en": "word"}), "text: should be text"),
    ],
)
def test_a_reminder_of_the_wrong_shape_is_named(shelf: Path, how: Break, reason: str) -> None:
    fault = broken(shelf, REMINDERS, how)
    assert fault.item == "when-not-to-intervene-001"
    assert reason in fault.reason


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (lambda one: one.update(scene="word " * 39), "scene: should be 40 to 70 words, and is 39"),
        (lambda one: one.update(scene="word " * 71), "scene: should be 40 to 70 words, and is 71"),
        (lambda one: one.update(topic="weather"), "topic: “weather” is not one of"),
        (lambda one: one.update(topic="listening"), "the id should be scene-listening-NNN"),
        (lambda one: one.update(choices=one["choices"][:2]), "choices: should hold at least 3"),
        (lambda one: one.update(choices=one["choices"] * 2), "choices: should hold at most 4"),
        (lambda one: one["choices"][1].pop("feedback"), "choices.2.feedback: is missing"),
        (
            lambda one: one["choices"][1].update(feedback="No."),
            "choices.2.feedback: should be 15 to 45 words, and is 1",
        ),
        (lambda one: one["choices"][0].update(text="x" * 76), "choices.1.text: should be at most 75 characters"),
        (lambda one: one["choices"][0].update(source=["a-blog"]), "choices.1.source.1: “a-blog” is no key"),
        (lambda one: one["choices"][1].pop("source"), "choices.2.source: is missing"),
        (lambda one: one["choices"][1].update(source=[]), "choices.2.source: should name at least one source"),
        (lambda one: [each.update(safe="false") for each in one["choices"]], "at least one choice should be safe"),
    ],
)
def test_a_scenario_of_the_wrong_shape_is_named(shelf: Path, how: Break, reason: str) -> None:
    fault = broken(shelf, SCENARIOS, how)
    assert fault.item.startswith("scene-")
    assert reason in fault.reason


@pytest.mark.parametrize(
    ("file", "how", "reason"),
    [
        ("supervision/repair.yaml", lambda one: one.update(ask=["Why?"]), "ask: should hold at least 2"),
        ("supervision/repair.yaml", lambda one: one.update(text="word " * 61), "text: should be 25 to 60 words"),
        ("supervision/repair.yaml", lambda one: one.update(id="supervise-6"), "the id should be supervision-NNN"),
        ("debriefs/force.yaml", lambda one: one.update(event="fight"), "event: should be 'restraint'"),
        ("debriefs/force.yaml", lambda one: one.update(questions=["Why?"]), "questions"),
        ("debriefs/force.yaml", lambda one: one.pop("wellbeing"), "wellbeing: is missing"),
        ("debriefs/force.yaml", lambda one: one.update(event="success"), "the id should be debrief-success-NNN"),
        (
            "newsletter/winter.yaml",
            lambda one: one.update(month="13"),
            "month: Input should be less than or equal to 12",
        ),
        ("newsletter/winter.yaml", lambda one: one.update(kind="advert"), "kind: should be 'opening'"),
        ("newsletter/winter.yaml", lambda one: one.update(month="11"), "the id should be newsletter-11-N"),
        ("recognition/care.yaml", lambda one: one.update({"for": "nothing"}), "for: should be 'huddle_held'"),
        ("recognition/care.yaml", lambda one: one.update(text="Thanks"), "text: should be 15 to 40 words, and is 1"),
        ("panel/rights.yaml", lambda one: one.update(about="food"), "about: should be 'words'"),
        ("panel/rights.yaml", lambda one: one.update(text="Why?"), "text: should be 15 to 40 words, and is 1"),
    ],
)
def test_any_other_kind_of_the_wrong_shape_is_named(shelf: Path, file: str, how: Break, reason: str) -> None:
    change(shelf / file, how)
    faults = faults_in(shelf)
    assert {fault.file for fault in faults} == {file}
    assert any(reason in fault.reason for fault in faults)


@pytest.mark.parametrize(
    ("file", "how", "reason"),
    [
        (SWAPS, lambda one: one.update(theme="pink"), "theme: should be 'teal', 'blue',"),
        (SWAPS, lambda one: one.update(icon="cat"), "icon: should be 'bag', 'bell',"),
        (SWAPS, lambda one: one.update(title="x" * 61), "title: should be at most 60 characters"),
        (SWAPS, lambda one: one.update(id="soft-words"), "id: should look like ^poster-"),
        (SWAPS, lambda one: one.update(band="calm"), "band: should be 'prevention'"),
        (SWAPS, lambda one: one.update(source=["a-blog"]), "source.1: “a-blog” is no key of sources.yaml"),
        (SWAPS, lambda one: one.update(source=[]), "source: should name at least one source"),
        (SWAPS, lambda one: one.pop("review_by"), "review_by: is missing"),
        (SWAPS, lambda one: one.update(review_by="2025-01-01"), "review_by should be after written_on"),
        (SWAPS, lambda one: one.pop("alt"), "alt: is missing"),
        (SWAPS, lambda one: one.update(alt="word " * 400), "words together are 2461 characters, more than 2000"),
        (SWAPS, lambda one: one.update(colour="plum"), "colour: is not a field here"),
        (SWAPS, lambda one: one.update(blocks=[]), "blocks: should hold at least 1"),
        (SWAPS, lambda one: one["blocks"][1].update(kind="shout"), "blocks.2: its kind should be one of 'steps',"),
        (SWAPS, lambda one: one["blocks"][1].pop("kind"), "blocks.2: should have a kind"),
        (SWAPS, lambda one: one["blocks"][1].pop("text"), "blocks.2.text: is missing"),
        (SWAPS, lambda one: one["blocks"][0]["swaps"][1].pop("say"), "blocks.1.swaps.2.say: is missing"),
        (FLOW, lambda one: one["blocks"][0]["steps"][2].pop("yes"), "blocks.1.steps.3.yes: is missing"),
        (FLOW, lambda one: one["blocks"][0]["steps"][0].update(mark="Friday"), "blocks.1.steps.1.mark: should be at"),
        (FLOW, lambda one: one["blocks"][1].update(columns="4"), "blocks.2.columns: Input should be less than"),
        (FLOW, lambda one: one["blocks"][1]["cards"][0].pop("icon"), "blocks.2.cards.1.icon: is missing"),
        (
            SHARES,
            lambda one: one["blocks"][0]["shares"][0].update(percent="60"),
            "blocks.1.shares: the shares should make 100 per cent, and make 90",
        ),
        (SHARES, lambda one: one.update(source=["nccmh-rrp"]), "should name the source respect-training"),
    ],
)
def test_a_poster_of_the_wrong_shape_is_named(shelf: Path, file: str, how: Break, reason: str) -> None:
    fault = broken(shelf, file, how)
    assert reason in fault.reason
    assert len(Library.load(built_in=shelf).posters) == 2


def test_a_fault_in_a_block_has_its_own_line(shelf: Path) -> None:
    """Also where a field is called as its block's kind is."""
    lines = (shelf / FLOW).read_text().splitlines()
    for old, new in (("        icon: cup", "        icon: mug"), ("    columns: 2", "    columns: 4")):
        lines[lines.index(old)] = new
    (shelf / FLOW).write_text("\n".join(lines))
    assert [(fault.line, fault.reason.partition(":")[0]) for fault in faults_in(shelf)] == [
        (lines.index("        icon: mug") + 1, "blocks.1.steps.2.icon"),
        (lines.index("    columns: 4") + 1, "blocks.2.columns"),
    ]


def question(one: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(asked for asked in one["questions"] if asked["name"] == name)
    return found


def eleven_options(one: dict[str, Any]) -> None:
    options = [{"value": f"v{n}", "label": f"Option {n}"} for n in range(MOST_OPTIONS + 1)]
    question(one, "owner")["options"] = options


def five_more(one: dict[str, Any]) -> None:
    one["variants"]["acute"] = [{**question(one, "owner"), "name": f"more_{n}"} for n in range(5)]


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (eleven_options, "questions.6.options: should hold at most 10"),
        (lambda one: question(one, "owner").update(options=[]), "questions.6.options: should hold at least 1"),
        (
            lambda one: question(one, "worried")["options"][0].update(label="x" * 76),
            "questions.7.options.1: the label of no should be 1 to 75 characters",
        ),
        (
            lambda one: question(one, "worried")["options"][0].update(value="Not Now"),
            "questions.7.options.1: the value “Not Now” should be in snake_case",
        ),
        (
            lambda one: question(one, "worried")["options"][1].update(value="no"),
            "questions.7.options: these values are there twice: no",
        ),
        (lambda one: question(one, "owner").update(ask="maybe"), "questions.6.ask: should be 'one_of' or 'some_of'"),
        (lambda one: one["questions"].pop(), "questions: should ask for: worried"),
        (lambda one: one["questions"].append(one["questions"][0]), "two questions have the same name"),
        (
            lambda one: one["variants"].update(acute=[question(one, "owner")]),
            "for acute, two questions have the same name",
        ),
        (five_more, "for acute, asks 12 questions: more than 11 take over five minutes"),
        (lambda one: one["variants"].update(school=[]), "should be 'mental_health'"),
        (lambda one: one.update(between=["14:00", "7pm"]), "between.2: should be a time such as 05:00"),
        (lambda one: one.update(title="A very long huddle title indeed"), "title: should be at most 24 characters"),
        (lambda one: one.pop("source"), "source: is missing"),
    ],
)
def test_a_huddle_set_of_the_wrong_shape_is_named(shelf: Path, how: Break, reason: str) -> None:
    """Without it there is an hour that no huddle set is for, and then the service can't start."""
    change(shelf / HUDDLE, how)
    fault, gap = faults_that_stop(shelf)
    if gap.file == HUDDLE:
        fault, gap = gap, fault
    assert (fault.file, fault.item) == (HUDDLE, "close")
    assert reason in fault.reason
    assert str(gap) == "huddles/: no huddle set covers 15:00"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (lambda lists: lists.pop("helped"), "helped: is missing"),
        (lambda lists: lists.update(colours=[]), "colours: is not a field here"),
        (
            lambda lists: lists["shift_band"].append({"value": "dawn", "label": "Dawn"}),
            "shift_band: should hold at most 4",
        ),
        (lambda lists: lists["area"][0].pop("label"), "area.1.label: is missing"),
        (lambda lists: lists["area"][0].update(icon="bed"), "area.1.icon: is not a field here"),
        (
            lambda lists: lists["skip_reason"][0].update(label="There is far too much going on now"),
            "skip_reason: these labels are over 30 characters, too long for a button: acuity",
        ),
    ],
)
def test_without_sound_pick_lists_the_service_cannot_start(shelf: Path, how: Break, reason: str) -> None:
    change(shelf / "picklists.yaml", how)
    [fault] = faults_that_stop(shelf)
    assert (fault.file, fault.item) == ("picklists.yaml", "picklists")
    assert reason in fault.reason


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (lambda one: one.update(kind="hearsay"), "kind: should be 'guideline'"),
        (lambda one: one.pop("where"), "where: is missing"),
    ],
)
def test_a_source_of_unknown_kind_is_no_source(shelf: Path, how: Break, reason: str) -> None:
    """Nor may anything rest on it."""
    change(shelf / "sources.yaml", how)
    faults = faults_in(shelf)
    own = [fault for fault in faults if fault.file == "sources.yaml"]
    assert reason in own[0].reason
    assert all("“nice-ng10” is no key of sources.yaml" in fault.reason for fault in faults if fault not in own)


def test_a_source_there_twice_is_named(shelf: Path) -> None:
    file = shelf / "sources.yaml"
    file.write_text(file.read_text() + "- {key: hush, name: HUSH, kind: programme, where: Elsewhere}\n")
    [fault] = faults_in(shelf)
    assert (fault.item, fault.reason) == ("hush", "key: the key is there twice")


def test_an_id_that_is_not_its_topic_and_a_number_is_named(shelf: Path) -> None:
    fault = broken(shelf, REMINDERS, lambda one: one.update(id="when-not-1"))
    assert (fault.item, fault.reason) == ("when-not-1", "the id should be when-not-to-intervene-NNN")


def test_an_item_with_no_id_is_named_by_its_position(shelf: Path) -> None:
    fault = broken(shelf, REMINDERS, lambda one: one.pop("id"))
    assert (fault.item, fault.reason) == ("item 1", "id: is missing")


def test_an_item_that_is_no_item_is_named_by_its_position(shelf: Path) -> None:
    (shelf / "reminders/own.yaml").write_text("- just words\n- \n")
    assert [str(fault) for fault in faults_in(shelf)] == [
        "reminders/own.yaml:1: item 1: should be fields and their values",
        "reminders/own.yaml:2: item 2: should be fields and their values",
    ]


def test_an_id_used_twice_is_named_with_both_files(shelf: Path) -> None:
    write(shelf / "reminders/zz.yaml", first_item(shelf / REMINDERS))
    [fault] = faults_in(shelf)
    assert str(fault) == f"reminders/zz.yaml:1: when-not-to-intervene-001: id: the id is taken in {REMINDERS}"
    assert "when-not-to-intervene-001" in Library.load(built_in=shelf).reminders


def test_an_id_used_by_two_kinds_is_named(shelf: Path) -> None:
    """Else nobody could say which of them is withdrawn."""
    write(shelf / "panel/zz.yaml", {**first_item(shelf / "panel/rights.yaml"), "id": "supervision-006"})
    [fault] = faults_in(shelf)
    assert fault.reason == "id: the id is taken in supervision/repair.yaml"


def test_an_id_used_by_two_posters_is_named(shelf: Path) -> None:
    write(shelf / "posters/zz.yaml", first_item(shelf / SWAPS))
    [fault] = faults_in(shelf)
    assert str(fault) == f"posters/zz.yaml:1: poster-soft-words: id: the id is taken in {SWAPS}"


def test_broken_yaml_names_its_line_and_the_other_files_serve(shelf: Path) -> None:
    (shelf / "reminders/own.yaml").write_text("- id: sensory-900\n  text: 'never closed\n")
    library = Library.load(built_in=shelf)
    [fault] = library.faults
    assert str(fault).startswith("reminders/own.yaml:3: is not YAML: ")
    assert library.reminders


def test_a_field_given_twice_breaks_its_item_alone(shelf: Path) -> None:
    """YAML itself would keep the last."""
    file = shelf / REMINDERS
    file.write_text(file.read_text().replace("  band:", "  version: 1\n  band:", 1))
    [fault] = faults_in(shelf)
    assert (fault.item, fault.reason) == ("when-not-to-intervene-001", "“version” is there twice")
    assert fault.line > 2


@pytest.mark.parametrize(
    "written",
    [
        b"- id: \xff\xfe\n",
        b"- ? [a]\n  : b\n",
        b"- &a [*a]\n",
        b"\t",
        b"- !!python/name:os.x y\n",
        b"",
        b"# only this\n",
        b"[" * 5000,
        b"- {id: {a: b}, source: 3}",
        b"a: &a [x, x]\nb: [*a, *a]\n",
    ],
)
def test_a_file_of_nonsense_is_named_and_no_crash(shelf: Path, written: bytes) -> None:
    (shelf / "reminders/own.yaml").write_bytes(written)
    library = Library.load(built_in=shelf)
    assert {fault.file for fault in library.faults} == {"reminders/own.yaml"}
    assert library.reminders


def test_a_folder_named_like_a_file_is_named(shelf: Path) -> None:
    (shelf / "reminders/own.yaml").mkdir()
    [fault] = faults_in(shelf)
    assert str(fault) == "reminders/own.yaml: can't be read: Is a directory"


def test_every_fault_of_every_file_is_listed_at_once_in_the_order_of_reading(shelf: Path) -> None:
    (shelf / "reminders/own.yaml").write_text("- one\n- two\n")
    (shelf / "scenarios/own.yaml").write_text("- three\n")
    assert [(fault.file, fault.line) for fault in faults_in(shelf)] == [
        ("reminders/own.yaml", 1),
        ("reminders/own.yaml", 2),
        ("scenarios/own.yaml", 1),
    ]


def test_without_a_reminder_the_service_cannot_start(shelf: Path) -> None:
    shutil.rmtree(shelf / "reminders")
    assert "reminders/: there is no reminder to send" in map(str, faults_that_stop(shelf))


def test_without_the_banned_words_the_service_cannot_start(shelf: Path) -> None:
    """Nobody could know what must not be sent."""
    (shelf / "banned.yaml").unlink()
    assert str(faults_that_stop(shelf)[0]) == "banned.yaml: should name labels and holds"
    (shelf / "banned.yaml").write_text("labels: [never\n")
    assert str(faults_that_stop(shelf)[0]).startswith("banned.yaml:2: is not YAML")
    for broken in ("labels: {}", "labels: []", "labels: ['']", "labels: ['*']", "label: [proven]"):
        (shelf / "banned.yaml").write_text(f"{broken}\nholds: [grab]\n")
        assert str(faults_that_stop(shelf)[0]) == "banned.yaml: should name labels and holds"
    for empty in ("", "# nothing yet\n"):
        (shelf / "banned.yaml").write_text(empty)
        assert [str(fault) for fault in faults_that_stop(shelf)] == ["banned.yaml: should name labels and holds"]


def test_an_empty_folder_is_told_what_it_lacks(own: Path) -> None:
    assert str(faults_that_stop(own)[0]) == "banned.yaml: should name labels and holds"
