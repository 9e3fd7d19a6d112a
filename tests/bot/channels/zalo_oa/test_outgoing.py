"""Our message as Zalo gets it: each way to say it, and what is tried where Zalo does not take one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import text
from bot.channels.contract import Choice, Outgoing, Receipt
from bot.channels.zalo_oa import outgoing
from bot.channels.zalo_oa.outgoing import Style
from tests.bot.channels.zalo_oa.sending_fixtures import CS, PICTURE_URL, Post, on_sqlite
from tests.conftest import MovingClock
from tests.databases import SQLiteTemplate
from tests.emulators.faults import Fault


@pytest.fixture
async def post(sqlite_template: SQLiteTemplate, clock: MovingClock) -> AsyncIterator[Post]:
    async with on_sqlite(sqlite_template, clock) as opened:
        yield opened


def buttons(*titles_and_values: tuple[str, str], **more: str) -> dict[str, Any]:
    pressed = [
        {"title": title, "type": "oa.query.show", "payload": value} for title, value in titles_and_values
    ]
    return {"attachment": {"type": "template", "payload": {**more, "buttons": pressed}}}


def choices(count: int, label: str = "Mục") -> tuple[Choice, ...]:
    return tuple(Choice(str(i), f"{label} {i}") for i in range(1, count + 1))


def numbered(count: int, ending: str = "") -> str:
    return "Chị chọn:\n" + "\n".join(f"{i}. Mục {i}" for i in range(1, count + 1)) + ending


YES_NO = (Choice("1", "Có"), Choice("0", "Không"))
PRESSED = buttons(("Có", "1"), ("Không", "0"))
PLAIN, PICTURE = Style(), Style(picture="https://hoi.example.vn/a.png")


@dataclass(frozen=True)
class Case:
    label: str
    message: Outgoing
    ways: list[dict[str, Any]]
    style: Style = PLAIN


CASES = [
    Case("text alone", Outgoing("chào chị"), [{"text": "chào chị"}]),
    Case("decomposed text", Outgoing("cha\u0300o"), [{"text": "chào"}]),
    Case("text that looks like markup", Outgoing("<b>*x*</b> {a}"), [{"text": "<b>*x*</b> {a}"}]),
    Case(
        "choices as buttons",
        Outgoing("Được không?\n1. Có\n0. Không", YES_NO),
        [{"text": "Được không?\n1. Có\n0. Không", **PRESSED}, {"text": "Được không?\n1. Có\n0. Không"}],
    ),
    Case(
        "buttons that name their template",
        Outgoing("?", YES_NO),
        [{"text": "?", **buttons(("Có", "1"), ("Không", "0"), template_type="button")}, {"text": "?"}],
        Style(names_button_template=True),
    ),
    Case(
        "an answer to a message of hers",
        Outgoing("Dạ được", quotes="m1"),
        [{"text": "Dạ được", "quote_message_id": "m1"}, {"text": "Dạ được"}],
    ),
    Case(
        "an answer with choices",
        Outgoing("?", YES_NO, quotes="m1"),
        [{"text": "?", "quote_message_id": "m1", **PRESSED}, {"text": "?", **PRESSED}, {"text": "?"}],
    ),
    Case("a label of over 100", Outgoing("?", (Choice("1", "x" * 101),)), [{"text": "?"}]),
    Case("a label without letters", Outgoing("?", (Choice("1", " "),)), [{"text": "?"}]),
    Case("a value of over 1000", Outgoing("?", (Choice("x" * 1001, "Có"),)), [{"text": "?"}]),
    Case("six choices and no picture", Outgoing("?", choices(6)), [{"text": "?"}]),
    Case("ten choices", Outgoing("?", choices(10)), [{"text": "?"}], PICTURE),
    Case("six choices under a long text", Outgoing("x" * 501, choices(6)), [{"text": "x" * 501}], PICTURE),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_a_message_has_these_ways(case: Case) -> None:
    assert list(outgoing.texts(case.message, case.style)) == case.ways


async def test_up_to_five_choices_are_buttons_that_say_their_value(post: Post) -> None:
    await post.send(Outgoing(numbered(5), choices(5)))
    [received] = await post.hoa.hears()
    assert received.text == numbered(5)
    assert [(b.title, b.payload) for b in received.buttons] == [(f"Mục {i}", str(i)) for i in range(1, 6)]


async def test_six_to_nine_choices_are_a_list_that_holds_the_whole_text(post: Post) -> None:
    await post.send(Outgoing(numbered(9), choices(9)))
    [received] = await post.hoa.hears()
    assert received.kind == "list"
    assert received.elements[0] == {"title": "Chị chọn:", "subtitle": numbered(9), "image_url": PICTURE_URL}
    assert [(b.title, b.payload) for b in received.buttons] == [(f"Mục {i}", str(i)) for i in range(1, 10)]


async def test_where_lists_are_not_taken_the_text_goes_alone(post: Post) -> None:
    post.zalo.oa.takes_list = False
    await post.send(Outgoing(numbered(6), choices(6)))
    [received] = await post.hoa.hears()
    assert (received.kind, received.text) == ("text", numbered(6))
    assert len(post.messages()) == 2


@pytest.mark.parametrize("code", [-201, -210, -233])
async def test_where_buttons_are_not_taken_the_text_goes_alone(post: Post, code: int) -> None:
    post.zalo.order_fault(code)
    receipt = await post.send(Outgoing(numbered(2), choices(2)))
    [received] = await post.hoa.hears()
    assert (received.text, received.buttons, received.message_id) == (numbered(2), (), receipt.platform_id)


async def test_a_message_too_old_to_be_quoted_is_answered_without_quoting(post: Post) -> None:
    said = await post.hoa.says("Em ơi")
    await post.send(Outgoing("Dạ", quotes=said))
    await post.send(Outgoing("Dạ, em đây", YES_NO, quotes="long-gone"))
    first, second = await post.hoa.hears(2)
    assert (first.quotes, second.quotes) == (said, None)
    assert second.buttons
    assert len(post.messages()) == 3


async def test_nothing_plainer_is_tried_for_what_would_not_help(post: Post) -> None:
    post.hoa.refusal = -244
    await post.refused(Outgoing("?", YES_NO))
    assert len(post.messages()) == 1


async def test_who_is_asked_for_her_number_is_offered_zalo_s_form(post: Post) -> None:
    receipt = await post.send(
        Outgoing("Số của chị? (gõ 0 để bỏ qua)", (Choice("0", "Bỏ qua"),), asks_phone=True)
    )
    words, form = await post.hoa.hears(2)
    assert (words.text, words.message_id) == ("Số của chị? (gõ 0 để bỏ qua)", receipt.platform_id)
    assert form.kind == "request_user_info"
    [element] = form.elements
    assert element["image_url"] == PICTURE_URL
    assert element["title"] == "Gửi số điện thoại"


TAKEN_FREE = Fault(
    accepts=True, body=b'{"error":0,"data":{"message_id":"m9","quota":{"quota_type":"reply"}}}'
)


@pytest.mark.parametrize("fault", [-201, "close_after_accepting", "bad_gateway_html", "html"])
async def test_a_form_that_fails_changes_nothing(post: Post, fault: str | int) -> None:
    post.zalo.order_fault(TAKEN_FREE, method=CS)
    post.zalo.order_fault(fault, method=CS)
    assert await post.send(Outgoing("Số của chị?", asks_phone=True)) == Receipt("m9", "reply")
    assert len(post.messages()) == 2


async def test_no_form_is_offered_where_it_would_cost(post: Post) -> None:
    post.zalo.oa.sub_quota = 5
    lan = post.zalo.user(name="Lan", interacted=timedelta(days=3))
    receipt = await post.send(Outgoing("Số của chị?", asks_phone=True), lan.user_id)
    assert receipt.charge == "sub_quota"
    assert len(lan.received) == 1


async def test_without_a_public_address_there_is_neither_list_nor_form(
    sqlite_template: SQLiteTemplate, clock: MovingClock
) -> None:
    async with on_sqlite(sqlite_template, clock, public_url="") as post:
        await post.send(Outgoing(numbered(6), choices(6)))
        await post.send(Outgoing("Số của chị?", asks_phone=True))
        assert post.messages() == [{"text": numbered(6)}, {"text": "Số của chị?"}]


# Splitting

SENTENCES = st.lists(
    st.text(alphabet=st.sampled_from("aăâbcdđeêkhc\u0300\u0301\u17d2ក👩\u200d🌾 .!?\n,;"), max_size=400),
    max_size=30,
).map(". ".join)


@given(SENTENCES)
@settings(max_examples=60, deadline=None)
def test_a_long_text_is_split_within_zalo_s_limit_and_nothing_is_lost(words: str) -> None:
    cleaned = text.clean(words)
    parts = text.split(cleaned, outgoing.TEXT_UNITS)
    assert all(len(outgoing.text_of(Outgoing(part))) <= 2000 for part in parts)
    assert all(text.utf16_length(outgoing.text_of(Outgoing(part))) <= outgoing.TEXT_UNITS for part in parts)
    assert "".join("".join(parts).split()) == "".join(cleaned.split())


def test_a_text_is_split_between_sentences() -> None:
    sentence = "Chị ra Ủy ban xã gặp cán bộ tư pháp để làm giấy khai sinh cho con."
    parts = text.split(" ".join([sentence] * 60), outgoing.TEXT_UNITS)
    assert len(parts) == 3
    assert all(part.endswith("con.") and part.startswith("Chị") for part in parts)
