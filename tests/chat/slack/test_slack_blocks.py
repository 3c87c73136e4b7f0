from __future__ import annotations

from datetime import time

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.message import (
    Button,
    Buttons,
    Chart,
    Divider,
    Facts,
    Form,
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
)
from bot.chat.slack import blocks
from bot.chat.slack.blocks import action_of, cut, fits, home, message_blocks, notification, read_state, view
from tests.slack_workspace import MESSAGE, look, wrong_with_blocks, wrong_with_view

TRICKS = "<!channel> <@U1> *bold* _it_ ~no~ `code` :smile: <http://x.example|here> &amp; & https://x.example"

words = st.one_of(st.sampled_from([TRICKS, "", " ", "é" * 4_000, "word " * 900]), st.text(max_size=300))
buttons = st.builds(
    Button,
    label=words,
    action=st.sampled_from(["press", "skip"]),
    value=st.text(max_size=50),
    style=st.sampled_from(["plain", "primary"]),
)
charts = st.builds(Chart, title=words, points=st.just((Point("1 May", 2.0),)), alt=words)
parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(Heading, words),
    st.builds(Text, words),
    st.builds(Note, words),
    st.builds(Facts, st.lists(st.tuples(words, words), max_size=8).map(tuple)),
    st.builds(Buttons, st.lists(buttons, max_size=5).map(tuple)),
    st.builds(Divider),
    charts,
)
messages = st.builds(Message, kind=st.just("any"), summary=words, parts=st.lists(parts, max_size=70).map(tuple))


def usable(file: str) -> bool:
    return file == "F1"


@given(messages)
def test_any_message_is_within_slacks_limits_and_mentions_nobody(message: Message) -> None:
    files = {n: "F1" for n, part in enumerate(message.parts) if isinstance(part, Chart)}
    for drawn in (message_blocks(message), message_blocks(message, files=files)):
        assert wrong_with_blocks(drawn, MESSAGE, usable) == []
        assert fits(drawn)
        seen = look(drawn, notification(message))
        assert seen.mentions == []
        assert seen.links == []


@given(messages)
def test_any_message_is_a_home_within_slacks_limits(message: Message) -> None:
    assert wrong_with_view(home(message), usable) == []


@given(st.text(max_size=200))
def test_whatever_is_typed_shows_as_typed(typed: str) -> None:
    message = Message("any", typed, (Text(f"a{typed}z"), Note(f"b{typed}y"), Facts(((f"k{typed}v", f"c{typed}x"),))))
    shown = look(message_blocks(message)).text
    for around in ("az", "by", "kv", "cx"):
        assert around[0] + typed + around[1] in shown


@given(words)
def test_the_notification_mentions_nobody_and_is_short_enough_to_update(summary: str) -> None:
    text = notification(Message("any", summary, ()))
    assert 0 < len(text) < 4_000
    assert look([], text).mentions == []


def test_a_long_text_is_parted_and_nothing_is_lost() -> None:
    text = "\n".join(f"line {n} of the story" for n in range(350))
    drawn = message_blocks(Message("any", "", (Text(text), Facts((("All of it", text[:4_000]),)))))
    assert len(drawn) > 3
    for n in range(350):
        assert f"line {n} of the story" in look(drawn).text


def test_what_is_too_long_keeps_its_headings_and_buttons() -> None:
    parts: list[Part] = [Heading("Top")]
    for n in range(60):
        parts += (
            [Text(f"{n} " + "long " * 100), Buttons((Button(f"Act {n}", "press", str(n)),))]
            if n < 8
            else [Text("x" * 900)]
        )
    drawn = message_blocks(Message("any", "", tuple(parts)))
    assert fits(drawn)
    shown = look(drawn).text
    assert all(f"[Act {n}]" in shown for n in range(8))
    assert "too long to show here" in shown


def test_an_empty_message_says_its_summary() -> None:
    assert look(message_blocks(Message("any", "All well", (Text(" "),)))).text == "All well"


def test_one_action_may_repeat_with_different_values() -> None:
    row = Buttons((Button("One", "vote", "1"), Button("Two", "vote", "2")))
    drawn = message_blocks(Message("any", "", (row, row)))
    ids = [element["action_id"] for block in drawn for element in block["elements"]]
    assert len(set(ids)) == 4
    assert {action_of(action_id) for action_id in ids} == {"vote"}


def test_a_chart_is_a_picture_with_its_alt_text_or_else_that_text() -> None:
    chart = Chart("Near misses", (Point("1 May", 2.0),), alt="Two near misses, no change")
    message = Message("digest", "", (Text("This week"), chart))
    assert message_blocks(message, files={1: "F1"})[1] == {
        "type": "image",
        "slack_file": {"id": "F1"},
        "alt_text": "Two near misses, no change",
        "title": {"type": "plain_text", "text": "Near misses", "emoji": False},
    }
    assert look(message_blocks(message)).text == "This week\nTwo near misses, no change"


def test_cut_prefers_whole_words() -> None:
    assert cut("Report a near miss on Aspen", 24) == "Report a near miss on…"
    assert cut("short", 24) == "short"


def options(count: int) -> tuple[Option, ...]:
    return tuple(Option(f"v{n}", f"Label {n}") for n in range(count))


FORM = Form(
    "near_miss",
    "Report a near miss on Aspen ward",
    "Send",
    (
        Text("This is not the formal record."),
        OneOf("what", "What", options(3), initial="v1"),
        OneOf("ward", "Ward", options(250), initial="v130"),
        SomeOf("few", "Few", options(4), initial=("v2",)),
        SomeOf("many", "Many", options(11), initial=("v9", "v10")),
        YesNo("hurt", "Was anyone hurt?"),
        TimeOf("when", "When", initial=time(0, 5)),
        Line("words", "In a few words", hint="No names.", max_length=280),
        Note("Urgent help: 2222."),
    ),
)


def test_a_form_is_a_modal_within_slacks_limits() -> None:
    modal = view(FORM, "sealed")
    assert wrong_with_view(modal, usable) == []
    assert modal["callback_id"] == "near_miss"
    elements = {b["block_id"]: b["element"]["type"] for b in modal["blocks"] if b["type"] == "input"}
    assert elements == {
        "what": "radio_buttons",
        "ward": "static_select",
        "few": "checkboxes",
        "many": "multi_static_select",
        "hurt": "checkboxes",
        "when": "timepicker",
        "words": "plain_text_input",
    }
    assert "No names. Up to 280 characters." in look(modal["blocks"]).text


@given(words, words, words)
def test_a_form_with_any_words_is_within_slacks_limits(one: str, two: str, three: str) -> None:
    form = Form(
        "any",
        one,
        two,
        (
            Text(three),
            OneOf("a", one, (Option("v", two), Option("w", three))),
            YesNo("b", two, hint=three),
            Line("c", three, hint=one, initial=two),
            Note(two),
        ),
    )
    assert wrong_with_view(view(form, ""), usable) == []


def test_every_kind_of_answer_is_read_back() -> None:
    def state(**answers: object) -> dict[str, object]:
        return {"state": {"values": {name: {"answer": answer} for name, answer in answers.items()}}}

    ticked = [view(FORM, "")["blocks"][5]["element"]["options"][0]]
    assert read_state(
        state(
            what={"type": "radio_buttons", "selected_option": {"value": "v1"}},
            ward={"type": "static_select", "selected_option": None},
            few={"type": "checkboxes", "selected_options": [{"value": "v0"}, {"value": "v2"}]},
            none={"type": "checkboxes", "selected_options": []},
            hurt={"type": "checkboxes", "selected_options": ticked},
            when={"type": "timepicker", "selected_time": "07:45"},
            words={"type": "plain_text_input", "value": "hello"},
            nothing={"type": "plain_text_input", "value": None},
        )
    ) == {
        "what": "v1",
        "ward": None,
        "few": ["v0", "v2"],
        "none": [],
        "hurt": True,
        "when": "07:45",
        "words": "hello",
        "nothing": None,
    }


def test_nothing_is_ever_drawn_as_mrkdwn() -> None:
    message = Message("any", "", (Heading("h"), Text("t"), Note("n"), Facts((("k", "v"),))))
    assert "mrkdwn" not in str(message_blocks(message)) + str(view(FORM, ""))
    assert "'emoji': True" not in str(blocks.home(message))
