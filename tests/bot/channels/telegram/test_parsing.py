from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.contract import FileKind, Ignored, Incoming, IncomingKind, RemoteFile
from bot.channels.telegram.parsing import KINDS, lane_of, parse
from tests.bot.channels.telegram import payloads
from tests.bot.channels.telegram.payloads import (
    BOT,
    FILE,
    GROUP,
    HOA,
    JSON,
    PRIVATE,
    contact,
    edited,
    membership,
    message,
    press,
    text,
)

SAID = Incoming("5000000001", IncomingKind.TEXT, message_id="41", language="vi")
MEDIA = replace(SAID, kind=IncomingKind.MEDIA)


def with_file(media: str, kind: FileKind, name: str = "", **more: Any) -> Incoming:
    return replace(MEDIA, media=media, files=(RemoteFile(kind, FILE["file_id"], name),), **more)


@dataclass(frozen=True)
class Case:
    label: str
    update: JSON
    expect: Incoming | Ignored


CASES = [
    Case("plain text", text("chào chị"), replace(SAID, text="chào chị")),
    Case("text is tidied", text("  cha\u0300o\u0000 \r\n chị\u200b"), replace(SAID, text="chào\nchị\u200b")),
    Case("markup stays text", text("<b>'; DROP TABLE members;--"), replace(SAID, text="<b>'; DROP TABLE members;--")),
    Case("Khmer and emoji", text("ជំរាបសួរ 👩‍🌾"), replace(SAID, text="ជំរាបសួរ 👩‍🌾")),
    Case("a very long text", text("ạ" * 100_000), replace(SAID, text="ạ" * 100_000)),
    Case("nothing but blanks", text(" \n "), SAID),
    Case("an id beyond 2**53", text("chào", message_id=2**62 + 1), replace(SAID, text="chào", message_id=str(2**62 + 1))),
    Case(
        "a reply to our message",
        text("dạ rõ", reply_to_message={"message_id": 39, "from": BOT, "chat": PRIVATE, "date": 1, "text": "?"}),
        replace(SAID, text="dạ rõ", reply_to="39"),
    ),
    Case(
        "a reply to her own message",
        text("thêm nữa", reply_to_message={"message_id": 38, "from": HOA, "chat": PRIVATE, "date": 1, "text": "?"}),
        replace(SAID, text="thêm nữa"),
    ),
    Case("no language", message(text="chào", **{"from": {"id": HOA["id"], "is_bot": False, "first_name": "H"}}),
         replace(SAID, text="chào", language="")),
    Case("a language with a region", message(text="chào", **{"from": HOA | {"language_code": "km-KH"}}),
         replace(SAID, text="chào", language="km")),
    Case("a language of three letters", message(text="chào", **{"from": HOA | {"language_code": "fil"}}),
         replace(SAID, text="chào", language="")),
    # Commands.
    Case("start", text("/start"), replace(SAID, kind=IncomingKind.START)),
    Case("start by a link", text("/start cb-X7Kq_2"), replace(SAID, kind=IncomingKind.START, text="cb-X7Kq_2")),
    Case("start by name", text("/Start@chihoi_bot abc"), replace(SAID, kind=IncomingKind.START, text="abc")),
    Case("a command is its word", text("/dangky"), replace(SAID, text="dangky")),
    Case("a command by name, with words", text("/DonVi@chihoi_bot  Kế An"), replace(SAID, text="donvi Kế An")),
    Case("a slash alone is text", text("/ chào"), replace(SAID, text="/ chào")),
    Case("a fraction is text", text("1/2 ngày"), replace(SAID, text="1/2 ngày")),
    Case("a word that begins like start", text("/started"), replace(SAID, text="started")),
    # The keyboard that asks for a number types what its buttons say.
    Case("a button of the keyboard", text("0\u2063 – Bỏ qua"), replace(SAID, kind=IncomingKind.CHOICE, text="0")),
    # Media.
    Case("photo with caption", message(photo=[FILE, FILE], caption=" ảnh ruộng "), with_file("photo", FileKind.IMAGE, text="ảnh ruộng")),
    Case("photo of an album", message(photo=[FILE], media_group_id="13900000001"),
         with_file("photo", FileKind.IMAGE, album="13900000001")),
    Case("voice", message(voice=FILE | {"duration": 3}), with_file("voice", FileKind.VOICE)),
    Case("video", message(video=FILE), with_file("video", FileKind.VIDEO)),
    Case("video note", message(video_note=FILE), with_file("video", FileKind.VIDEO)),
    Case("audio", message(audio=FILE), with_file("audio", FileKind.VOICE)),
    Case("file", message(document=FILE | {"file_name": "don.pdf"}), with_file("file", FileKind.FILE, "don.pdf")),
    Case("animation, which is a file too", message(animation=FILE, document=FILE), with_file("animation", FileKind.GIF)),
    Case("sticker", message(sticker=FILE | {"emoji": "👍"}), replace(MEDIA, media="sticker")),
    Case("place", message(location={"latitude": 9.77, "longitude": 105.98}), replace(MEDIA, media="location")),
    Case("venue", message(venue={"title": "Chợ"}, location={"latitude": 9.77, "longitude": 105.98}),
         replace(MEDIA, media="location")),
    Case("poll of hers", message(poll={"id": "1"}), replace(MEDIA, media="poll")),
    Case("something invented since", message(hologram={"depth": 3}), replace(MEDIA, media="other")),
    Case("something Telegram cannot tell bots of", message(), replace(MEDIA, media="other")),
    # Numbers.
    Case("her own number", contact("84912000111"), replace(SAID, kind=IncomingKind.PHONE, text="+84912000111")),
    Case("her own number with a plus", contact("+84 912 000 111"), replace(SAID, kind=IncomingKind.PHONE, text="+84 912 000 111")),
    Case("her own number as at home", contact("0912000111"), replace(SAID, kind=IncomingKind.PHONE, text="0912000111")),
    Case("somebody else's number", contact("84912000222", user_id=77), replace(MEDIA, media="contact")),
    Case("a card of nobody on Telegram", contact("84912000222", user_id=None), replace(MEDIA, media="contact")),
    Case("an own card without a number", contact(""), replace(MEDIA, media="contact")),
    # Edits.
    Case("edited text", edited(text="chào em"), replace(SAID, kind=IncomingKind.EDITED, text="chào em")),
    Case("edited caption", edited(photo=[FILE], caption="ảnh mới"),
         replace(SAID, kind=IncomingKind.EDITED, text="ảnh mới", media="photo")),
    Case("a place that moves", edited(location={"latitude": 9.0, "longitude": 105.0}), Ignored("edited_without_words")),
    # Buttons.
    Case("a press", press("2"), Incoming("5000000001", IncomingKind.CHOICE, "2", reply_to="40", language="vi")),
    Case("a press on a message too old to show", press(message={"message_id": 12, "chat": PRIVATE, "date": 0}),
         Incoming("5000000001", IncomingKind.CHOICE, "2", reply_to="12", language="vi")),
    Case("a press without data", press(None, game_short_name="x"), Ignored("callback_without_data")),
    Case("a press in a group", press(message={"message_id": 3, "chat": GROUP, "date": 1}), Ignored("group")),
    # Coming and going.
    Case("she blocks", membership("kicked", "member"), Incoming("5000000001", IncomingKind.LEFT, language="vi")),
    Case("she lets us in again", membership("member", "kicked"),
         Incoming("5000000001", IncomingKind.CAME_BACK, language="vi")),
    Case("some other membership", membership("restricted", "member"), Ignored("membership")),
    Case("put into a group", membership("member", "left", chat=GROUP), Ignored("group")),
    # Not for us.
    Case("a group", message(text="chị Hội ơi", chat=GROUP), Ignored("group")),
    Case("an old group", message(text="chị Hội ơi", chat={"id": -12, "type": "group", "title": "x"}), Ignored("group")),
    Case("a channel", message(text="tin", chat={"id": -1001, "type": "channel", "title": "x"}), Ignored("channel")),
    Case("another bot", message(text="beep", **{"from": BOT | {"id": 99}}), Ignored("bot")),
    Case("a pinned message", message(pinned_message={"message_id": 3}), Ignored("service")),
    Case("a timer", message(message_auto_delete_timer_changed={"message_auto_delete_time": 86400}), Ignored("service")),
    Case("a channel's post", {"update_id": 5, "channel_post": {"message_id": 1}}, Ignored("channel_post")),
    Case("a poll", {"update_id": 5, "poll": {"id": "1"}}, Ignored("poll")),
    Case("a kind invented since", {"update_id": 5, "telepathy": {}}, Ignored("telepathy")),
    # Nonsense.
    Case("nothing", {}, Ignored("malformed")),
    Case("only a number", {"update_id": 5}, Ignored("malformed")),
    Case("what was no JSON", {"malformed": "<html>"}, Ignored("malformed")),
    Case("a kind that cannot be one", {"update_id": 5, "x\u0000'--": {}}, Ignored("malformed")),
    Case("a message that is none", {"update_id": 5, "message": "chào"}, Ignored("malformed")),
    Case("a message from nowhere", {"update_id": 5, "message": {"text": "chào"}}, Ignored("malformed")),
    Case("a message from nobody", message(text="chào", **{"from": None}), Ignored("malformed")),
    Case("a chat that counts as text", message(text="chào", chat={"id": "5", "type": "private"}), Ignored("malformed")),
    Case("a chat beyond all numbers", message(text="chào", chat={"id": 10**400, "type": "private"}), Ignored("malformed")),
    Case("a text that is a list", message(text=["chào"]), replace(MEDIA, media="other")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_an_update_is_understood(case: Case) -> None:
    assert parse(case.update) == case.expect


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_contents = [content for case in CASES for content in case.update.values() if isinstance(content, dict)]
_seen = {word for content in _contents for word in content}
_words = st.sampled_from([*sorted(_seen), "update_id", "id", "type", "status", "is_bot", *KINDS])
_values = st.sampled_from(["private", "group", "kicked", "member", True, HOA, BOT, PRIVATE, GROUP, FILE])
_json: st.SearchStrategy[Any] = st.recursive(
    _scalars | _values,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_words | st.text(max_size=6), inner, max_size=6)
    ),
    max_leaves=20,
)
_updates = st.dictionaries(_words | st.text(max_size=6), _json, max_size=4) | st.builds(
    lambda kind, changes: {
        "update_id": 1,
        kind: payloads.message(text="x")["message"] | payloads.press()["callback_query"] | changes,
    },
    st.sampled_from(KINDS),
    st.dictionaries(_words, _json, max_size=4),
)


@given(update=_updates)
def test_nothing_makes_understanding_fail(update: JSON) -> None:
    understood = parse(update)
    if isinstance(understood, Incoming):
        assert understood.address.lstrip("-").isdigit()
        assert understood.address == lane_of(update)
        assert "\x00" not in understood.text
    else:
        assert understood.why.replace("_", "").isalpha()


@pytest.mark.parametrize(
    ("update", "lane"),
    [
        (text("chào"), "5000000001"),
        (edited(text="chào"), "5000000001"),
        (press(), "5000000001"),
        (press(message=None, inline_message_id="x"), "5000000001"),
        (membership("kicked", "member"), "5000000001"),
        (message(text="x", chat=GROUP), "-1001234567890"),
        ({"update_id": 5, "inline_query": {"from": HOA}}, "5000000001"),
        ({"update_id": 5, "poll": {"id": "1"}}, "-"),
        ({}, "-"),
    ],
)
def test_what_one_person_does_stays_in_one_lane(update: JSON, lane: str) -> None:
    assert lane_of(update) == lane
