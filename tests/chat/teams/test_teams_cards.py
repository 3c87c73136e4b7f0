"""Messages and forms as cards: within Teams' limits whatever is in them, typed words as typed, answers read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from bot.chat.message import (
    Button,
    Buttons,
    Chart,
    Divider,
    Facts,
    Form,
    FormField,
    Heading,
    Line,
    Message,
    Note,
    OneOf,
    Option,
    Part,
    Point,
    SomeOf,
    Text,
    TimeOf,
    YesNo,
    read,
    seen_of,
)
from bot.chat.sheet import initial
from bot.chat.teams.cards import (
    CARD_BYTES,
    Surface,
    answer_card,
    escaped,
    form_card,
    message_card,
    read_inputs,
    size,
)
from tests.teams_tenant import interpreted, visible, wrong_with_card
from tests.teams_tenant.forms import filled, sent, value_of
from tests.teams_tenant.render import parts as every_part

FEW = 40
"""Examples where each takes long, since the SDK's own models look at every part of a card."""
PICTURE = "https://wardhuddle.example/chart.png"
MARKUP = "**b** _x_ y [a](b) ![p](https://x.example) `c` ~~s~~ <at>all</at> &amp; {{DATE(2026-01-01,SHORT)}}"
LISTS = ("- a", "+ a", "* a", "1. a", "12) a", "# a", "  - a", "a\n- b", "a\n2. b", "**", "\\*a\\*", "[a]", "a_b_c")

printable = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
words = st.one_of(
    st.sampled_from([MARKUP, *LISTS, "", " ", "\u3000", "é" * 4_000, "word " * 900]), st.text(max_size=200)
)
labels = st.one_of(st.sampled_from(["Report", MARKUP]), printable.filter(str.strip))
buttons = st.builds(
    Button,
    label=labels,
    action=st.sampled_from(["press", "skip"]),
    value=st.text(max_size=50),
    style=st.sampled_from(["plain", "primary"]),
    opens=st.booleans(),
)
charts = st.builds(Chart, title=words, points=st.just((Point("1 May", 2.0),)), alt=words)
message_parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(Heading, words.map(lambda text: text[:150])),
    st.builds(Text, words),
    st.builds(Note, words),
    st.builds(Facts, st.lists(st.tuples(words, words), max_size=8).map(tuple)),
    st.builds(Buttons, st.lists(buttons, max_size=5).map(tuple)),
    st.builds(Divider),
)
messages = st.builds(
    Message, kind=st.just("any"), summary=labels, parts=st.lists(message_parts, max_size=20).map(tuple)
)
surfaces = st.sampled_from(["chat", "plain chat", "dialog", "one way"])


def pictured(chart: Chart) -> str:
    return PICTURE


def texts(*typed: str) -> Message:
    return Message("any", "any", tuple(map(Text, typed)))


# What is said


@settings(max_examples=FEW, deadline=None)
@given(messages, surfaces, st.sampled_from(["", "a sealed place"]))
def test_any_message_is_within_teams_limits(message: Message, surface: Surface, place: str) -> None:
    card = message_card(message, surface=surface, place=place)
    assert wrong_with_card(card, dialog=surface == "dialog") == []
    assert size(card) <= CARD_BYTES


@settings(max_examples=FEW, deadline=None)
@given(messages)
def test_any_message_keeps_its_headings_and_buttons_and_says_where_it_was_shortened(message: Message) -> None:
    shown = visible(message_card(message))
    for part in message.parts:
        if isinstance(part, Buttons):
            assert all(f"[{button.label}]" in shown for button in part.buttons)
    headings = [part for part in every_part(message_card(message)) if part.get("style") == "heading"]
    assert len(headings) == sum(isinstance(part, Heading) and bool(part.text.strip()) for part in message.parts)


@given(printable)
def test_whatever_is_typed_shows_as_typed(typed: str) -> None:
    message = Message("any", "any", (Text(f"a{typed}z"), Note(f"b{typed}y"), Facts(((f"k{typed}v", f"c{typed}x"),))))
    card = message_card(message)
    assert not [part for part in every_part(card) if part["type"] == "TextBlock"], "a run is never interpreted"
    shown = visible(card)
    for around in ("az", "by", "kv", "cx"):
        assert around[0] + typed + around[1] in shown


@given(st.one_of(st.sampled_from([MARKUP.partition(" {{")[0], *LISTS]), printable))
def test_a_heading_shows_as_typed(typed: str) -> None:
    if "{{" in typed:
        return
    assert not interpreted(escaped(typed))
    assert visible(message_card(Message("any", "any", (Heading(f"a {typed} z"),)))) == f"a {typed} z"


def test_lines_stay_lines_and_empty_ones_go() -> None:
    assert visible(message_card(texts("one\n\n  two  \n- three"))) == "one\ntwo\n- three"


def test_what_is_too_long_loses_its_last_words_but_neither_heading_nor_button() -> None:
    many = [Text(f"{n} {'long ' * 200}") for n in range(60)]
    row = Buttons((Button("Act", "press"),))
    card = message_card(Message("any", "any", (Heading("Top"), *many[:30], row, *many[30:], Heading("End"), row)))
    assert size(card) <= CARD_BYTES
    shown = visible(card)
    assert shown.startswith("Top\n0 long")
    assert shown.count("[Act]") == 2
    assert "End" in shown
    assert "59 long" not in shown
    assert shown.endswith("Some of this is too long to show here.")
    assert size(card) > CARD_BYTES - 2_000, "no more is lost than must be"


def test_a_message_that_fits_is_not_shortened() -> None:
    assert "too long" not in visible(message_card(texts("word " * 4_000)))


def test_an_empty_message_says_its_summary() -> None:
    assert visible(message_card(Message("any", "All well", (Text(" "),)))) == "All well"
    assert visible(answer_card([Message("any", "All well", ())])) == "All well"


@settings(max_examples=FEW, deadline=None)
@given(charts)
def test_a_chart_is_a_picture_with_its_alt_text(chart: Chart) -> None:
    if not (chart.alt.strip() or chart.title.strip()):
        return
    card = message_card(Message("digest", "any", (Text("This week"), chart)), pictured)
    assert wrong_with_card(card) == []
    [image] = [part for part in every_part(card) if part["type"] == "Image"]
    assert image["url"] == PICTURE
    assert image["altText"] in (chart.alt.strip()[:2_000], chart.title.strip()[:2_000])


def test_a_chart_without_an_address_is_its_words() -> None:
    chart = Chart("Near misses", (Point("1 May", 2.0),), alt="Two near misses, no change")
    assert visible(message_card(Message("digest", "any", (Text("This week"), chart)))) == (
        "This week\nTwo near misses, no change"
    )


@pytest.mark.parametrize(
    ("surface", "opens", "kind"),
    [
        ("chat", True, "Action.Submit"),
        ("chat", False, "Action.Execute"),
        ("plain chat", True, "Action.Execute"),
        ("plain chat", False, "Action.Execute"),
        ("dialog", True, "Action.Submit"),
        ("dialog", False, "Action.Submit"),
    ],
)
def test_a_button_is_what_its_surface_can_do(surface: Surface, opens: bool, kind: str) -> None:
    message = Message("any", "any", (Buttons((Button("Go", "press", "7", "primary", opens),)),))
    [[action]] = [element["actions"] for element in message_card(message, surface=surface, place="sealed")["body"]]
    assert action["type"] == kind
    assert {name: action["data"][name] for name in ("action", "value", "place")} == {
        "action": "press",
        "value": "7",
        "place": "sealed",
    }
    assert ("msteams" in action["data"]) == (surface == "chat" and opens)
    assert ("verb" in action) == (kind == "Action.Execute")


def test_nobody_can_press_what_is_one_way() -> None:
    message = Message("any", "any", (Text("Hello"), Buttons((Button("Go", "press"),))))
    assert visible(message_card(message, surface="one way")) == "Hello"


# What is asked


def options(count: int, *, label: str = "Label") -> tuple[Option, ...]:
    return tuple(Option(f"v{n}", f"{label} {n}") for n in range(count))


FORM = Form(
    "near_miss",
    "Report a near miss on Aspen ward",
    "Send",
    (
        Text("This is not the **formal** record."),
        OneOf("what", "What", options(3), initial="v1"),
        OneOf("ward", "Ward", options(60), initial="v30"),
        OneOf("maybe", "Maybe", options(3), required=False),
        OneOf("far", "Maybe far", options(30), required=False),
        SomeOf("few", "Few", options(4), initial=("v2",)),
        SomeOf("many", "Many", options(11), initial=("v9", "v10"), required=True),
        YesNo("hurt", "Was anyone hurt?"),
        YesNo("told", "Was anyone told?", initial=True),
        TimeOf("when", "When", initial=time(0, 5)),
        TimeOf("until", "Until", required=True),
        Line("words", "In a few words", hint="No names.", max_length=280, required=True),
        Line("short", "In one", max_length=20, initial="As it was"),
        Note("Urgent help: 2222."),
    ),
    {"ward": "7"},
)
Filled = Mapping[str, Any]


def inputs_of(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in every_part(card) if part["type"].startswith("Input.")]


def sent_from(form: Form, card: dict[str, Any], put_in: Filled) -> dict[str, object]:
    """What the client sends once a person has put this, by label, into the card."""
    drawn = inputs_of(card)
    values = {}
    for element in drawn:
        if element["label"] in put_in:
            values[element["id"]], _ = filled(element, put_in[element["label"]], value_of(element, {}))
    return {"form": "sealed", **sent(drawn, values)}


@pytest.mark.parametrize("surface", ["dialog", "chat", "plain chat"])
def test_a_form_is_within_teams_limits(surface: Surface) -> None:
    card = form_card(FORM, "sealed", initial(FORM), surface=surface)
    assert wrong_with_card(card, dialog=surface == "dialog") == []
    [send] = card["actions"]
    assert (send["title"], send["data"]) == ("Send", {"form": "sealed"})
    assert send["type"] == ("Action.Submit" if surface == "dialog" else "Action.Execute")
    shown = visible(card)
    assert "No names. Up to 280 characters." in shown
    assert "This is not the **formal** record." in shown
    styles = {element["id"]: element["style"] for element in inputs_of(card) if "style" in element}
    assert styles == {
        "what": "expanded",
        "ward": "compact",
        "maybe": "expanded",
        "far": "compact",
        "few": "expanded",
        "many": "compact",
    }
    required = {element["id"] for element in inputs_of(card) if element.get("isRequired")}
    assert required == {"what", "ward", "many", "until", "words"}


def test_what_stands_in_an_untouched_form_is_what_it_began_with() -> None:
    raw = read_inputs(FORM, sent_from(FORM, form_card(FORM, "sealed", initial(FORM)), {}))
    answers, errors = read(FORM, raw)
    assert answers == {
        "what": "v1",
        "ward": "v30",
        "maybe": None,
        "far": None,
        "few": ("v2",),
        "many": ("v9", "v10"),
        "hurt": False,
        "told": True,
        "when": time(0, 5),
        "short": "As it was",
    }
    assert set(errors) == {"until", "words"}


def test_every_kind_of_answer_is_read_back() -> None:
    put_in = {
        "What": "Label 2",
        "Ward": "Label 59",
        "Maybe": "Label 0",
        "Maybe far": "No answer",
        "Few": ["Label 0", "Label 3"],
        "Many": ["Label 10"],
        "Was anyone hurt?": True,
        "Was anyone told?": False,
        "When": "07:45",
        "Until": "23:59",
        "In a few words": "  **Two**\nlines ",
        "In one": "",
    }
    answers, errors = read(FORM, read_inputs(FORM, sent_from(FORM, form_card(FORM, "sealed", initial(FORM)), put_in)))
    assert errors == {}
    assert answers == {
        "what": "v2",
        "ward": "v59",
        "maybe": "v0",
        "far": None,
        "few": ("v0", "v3"),
        "many": ("v10",),
        "hurt": True,
        "told": False,
        "when": time(7, 45),
        "until": time(23, 59),
        "words": "**Two** lines",
        "short": "",
    }


values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=","), min_size=1, max_size=12).filter(
    str.strip
)
pick_lists = st.lists(
    st.tuples(values, labels), min_size=1, max_size=14, unique_by=(lambda one: one[0], lambda one: one[1])
)


@settings(max_examples=FEW, deadline=None)
@given(st.data(), pick_lists, st.booleans())
def test_any_choice_of_any_list_is_read_back(
    data: st.DataObject, offered: list[tuple[str, str]], required: bool
) -> None:
    listed = tuple(Option(*one) for one in offered)
    one = data.draw(st.sampled_from(listed) if required else st.one_of(st.none(), st.sampled_from(listed)))
    some = data.draw(st.lists(st.sampled_from(listed), unique=True, min_size=int(required)))
    form = Form(
        "any", "Any", "Send", (OneOf("a", "A", listed, required=required), SomeOf("b", "B", listed, required=required))
    )
    card = form_card(form, "sealed", initial(form))
    assert wrong_with_card(card, dialog=True) == []
    put_in = {"A": one.label if one else "No answer", "B": [option.label for option in some]}
    if one is None and "No answer" in {option.label for option in listed}:
        return
    answers, errors = read(form, read_inputs(form, sent_from(form, card, put_in)))
    assert errors == {}
    assert answers["a"] == (one.value if one else None)
    assert set(answers["b"] or ()) == {option.value for option in some}  # type: ignore[arg-type]


@settings(max_examples=FEW, deadline=None)
@given(st.text(max_size=280), st.booleans(), st.times())
def test_whatever_is_put_in_is_shown_again_beside_an_error_and_read_back(typed: str, ticked: bool, at: time) -> None:
    form = Form("any", "Any", "Send", (Line("a", "A", max_length=280), YesNo("b", "B"), TimeOf("c", "C")))
    typed = typed.replace("\r", "").replace("\0", "")  # neither reaches a line
    first = sent_from(form, form_card(form, "sealed", initial(form)), {"A": typed, "B": ticked, "C": f"{at:%H:%M}"})
    raw = read_inputs(form, first)
    back = form_card(form, "sealed", raw, {"a": "Shorter, please.", "": "Not saved."})
    assert read_inputs(form, sent_from(form, back, {})) == raw
    answers, errors = read(form, raw)
    assert errors == {}
    assert answers == {"a": seen_of(typed), "b": ticked, "c": at.replace(second=0, microsecond=0)}


def test_errors_stand_right_above_their_fields_and_all_together_at_the_top() -> None:
    wrong = {"words": "Please leave out *names*.", "when": "Please give a time.", "": "This was not saved."}
    card = form_card(FORM, "sealed", initial(FORM), wrong)
    assert wrong_with_card(card, dialog=True) == []
    body = card["body"]
    for name in ("words", "when"):
        above = next(n for n, element in enumerate(body) if element.get("id") == f"{name}-error")
        assert body[above + 1]["id"] == name
        assert visible(body[above]) == f"Error: {wrong[name]}"
    top = visible({**card, "body": body[:2]})
    assert "This was not saved." in top
    assert "Please look again at: In a few words; When" in top
    assert not [element for element in body if element.get("id") == "-error"]


@settings(max_examples=FEW, deadline=None)
@given(words, words.filter(str.strip), labels)
def test_a_form_with_any_words_is_within_teams_limits(one: str, two: str, three: str) -> None:
    two = two[:200]
    form = Form(
        "any",
        three,
        three,
        (
            Text(one[:1_000]),
            OneOf("a", two, (Option("v", three), Option("w", ""))),
            YesNo("b", two, hint=one[:500]),
            Line("c", two, hint=two, initial=one[:280]),
            Note(one[:1_000]),
        ),
    )
    for surface in ("dialog", "chat"):
        card = form_card(form, "", initial(form), {"c": two, "": two}, surface)
        assert wrong_with_card(card, dialog=surface == "dialog") == []


def test_a_form_too_large_for_teams_is_our_fault() -> None:
    big = Form("big", "Big", "Send", tuple(OneOf(f"a{n}", "A", options(60, label="x" * 90)) for n in range(6)))
    with pytest.raises(ValueError, match="the form big is too large for Teams"):
        form_card(big, "sealed", initial(big))


def test_a_line_pasted_by_the_page_still_comes_back_in_a_form() -> None:
    raw = read_inputs(FORM, {"words": 'é<>"\\' * 20_000, "short": "🙂" * 20_000})
    card = form_card(FORM, "sealed" * 200, raw, {"words": "Please keep it to 280 characters."})
    assert wrong_with_card(card, dialog=True) == []
    held = {element["id"]: element.get("value") for element in inputs_of(card)}
    assert held["words"].startswith('é<>"\\' * 100)
    assert all(element["maxLength"] >= 1_000 for element in inputs_of(card) if element["type"] == "Input.Text")


fields: st.SearchStrategy[FormField] = st.sampled_from(FORM.fields)
junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


@settings(max_examples=FEW, deadline=None)
@given(st.dictionaries(st.one_of(fields.map(lambda asked: asked.name), st.text(max_size=5)), junk, max_size=14))
def test_whatever_a_client_sends_is_read_without_a_fault(data: dict[str, object]) -> None:
    raw = read_inputs(FORM, data)
    assert set(raw) == {asked.name for asked in FORM.fields}
    read(FORM, raw)
    form_card(FORM, "sealed", raw, {"words": "No."})
