import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.contract import FileKind, Ignored, Incoming, IncomingKind, RemoteFile
from bot.channels.zalo_bot.parsing import MEDIA, MEETINGS, Reader
from bot.channels.zalo_bot.updates import read_update, update_of
from tests.bot.channels.zalo_bot.payloads import BINH, BOT, CAME, GROUP, JSON, event, kept, text, wrapped

READER = Reader(BOT["id"], hears_groups=False)
IN_GROUPS = Reader(BOT["id"], hears_groups=True, bot_name="Bot Chị Hội")
NOW = datetime.fromtimestamp(CAME / 1000, UTC)
DAY_MS = 24 * 3600 * 1000
ID = "0123456789abcdef0123"


def incoming(kind: IncomingKind, words: str = "", **more: Any) -> Incoming:
    return Incoming(**({"address": BINH["id"], "kind": kind, "text": words, "message_id": ID} | more))


@dataclass(frozen=True)
class Case:
    label: str
    update: Any
    expect: Incoming | Ignored
    reader: Reader = READER


TEXT, CHAT_MEDIA = IncomingKind.TEXT, IncomingKind.MEDIA
CASES = [
    Case("text", text("chào em"), incoming(TEXT, "chào em")),
    Case("text with its kind", text("chào", message_type="CHAT_MESSAGE"), incoming(TEXT, "chào")),
    Case("text to be cleaned", text("  cha\u0300o\x00\r\n em "), incoming(TEXT, "chào\nem")),
    Case("half a character", text("dạ \ud83d"), incoming(TEXT, "dạ")),
    Case("no words", text(" \n "), Ignored("empty")),
    Case("text without text", text(...), Ignored("empty")),
    Case("text that is none", text({"a": 1}), Ignored("empty")),
    Case("photo as live", event("message.image.received", message_type="CHAT_PHOTO", photo_url="https://x/a.jpg", caption="giá?"),
         incoming(CHAT_MEDIA, "giá?", media="photo", files=(RemoteFile(FileKind.IMAGE, "https://x/a.jpg"),))),
    Case("photo as documented", event("message.image.received", photo="https://x/a.jpg"),
         incoming(CHAT_MEDIA, media="photo", files=(RemoteFile(FileKind.IMAGE, "https://x/a.jpg"),))),
    Case("photo without an address", event("message.image.received", photo=7, photo_url=""), incoming(CHAT_MEDIA, media="photo")),
    Case("photo with an endless address", event("message.image.received", photo_url="https://x/" + "a" * 5000),
         incoming(CHAT_MEDIA, media="photo")),
    Case("sticker", event("message.sticker.received", sticker="0e07", url="https://x/s.png"), incoming(CHAT_MEDIA, media="sticker")),
    Case("voice", event("message.voice.received", message_type="CHAT_VOICE", voice_url="https://x/v.aac"),
         incoming(CHAT_MEDIA, media="voice", files=(RemoteFile(FileKind.VOICE, "https://x/v.aac"),))),
    Case("unsupported", event("message.unsupported.received"), incoming(CHAT_MEDIA, media="other")),
    Case("she follows", event("user.follow"), incoming(IncomingKind.START)),
    Case("she stops following", event("user.unfollow"), incoming(IncomingKind.LEFT)),
    Case("a kind we do not know", event("message.video.received"), Ignored("message.video.received")),
    Case("an event we do not know", event("bot.renamed"), Ignored("bot.renamed")),
    Case("an event with a strange name", event("message.<b>.received"), Ignored("malformed")),
    Case("an event without name", text("x") | {"event_name": None}, Ignored("malformed")),
    Case("our own message", text("x", **{"from": BOT}), Ignored("own")),
    Case("our own message by its id", text("x", **{"from": BOT | {"is_bot": False}}), Ignored("own")),
    Case("another bot", text("x", **{"from": BOT | {"id": "9"}}), Ignored("bot")),
    Case("a group", text("@Bot Chị Hội chào", chat=GROUP), Ignored("group")),
    Case("a group that we hear", text("@Bot Chị Hội  chào", chat=GROUP), incoming(TEXT, "chào", address=GROUP["id"]), IN_GROUPS),
    Case("a group's reply", text("dạ", chat=GROUP), incoming(TEXT, "dạ", address=GROUP["id"]), IN_GROUPS),
    Case("a group's photo", event("message.image.received", chat=GROUP, caption="@Bot Chị Hội đây"),
         incoming(CHAT_MEDIA, "đây", media="photo", address=GROUP["id"]), IN_GROUPS),
    Case("a mention in her own chat", text("@Bot Chị Hội"), incoming(TEXT, "@Bot Chị Hội"), IN_GROUPS),
    Case("a chat of a new kind", text("x", chat={"id": "5", "chat_type": "CHANNEL"}), Ignored("malformed")),
    Case("a chat without kind that is not hers", text("x", chat={"id": "5"}), Ignored("malformed")),
    Case("a chat without kind", text("x", chat={"id": BINH["id"]}), incoming(TEXT, "x")),
    Case("no chat", text("x", chat=...), incoming(TEXT, "x")),
    Case("nobody", text("x", chat=..., **{"from": ...}), Ignored("malformed")),
    Case("ids beyond 2^53 as numbers", text("x", chat={"id": 2**70, "chat_type": "PRIVATE"}, message_id=2**63 + 1),
         incoming(TEXT, "x", address=str(2**70), message_id=str(2**63 + 1))),
    Case("an id that no database keeps", text("x", message_id="a\x00b"), incoming(TEXT, "x", message_id="")),
    Case("just not old", text("x", date=CAME - DAY_MS), incoming(TEXT, "x")),
    Case("old", text("x", date=CAME - DAY_MS - 1), Ignored("replay")),
    Case("old, as text", text("x", date=str(CAME - DAY_MS - 1)), Ignored("replay")),
    Case("old, in seconds", text("x", date=CAME // 1000 - 86_401), Ignored("replay")),
    Case("new, in seconds", text("x", date=CAME // 1000), incoming(TEXT, "x")),
    Case("from tomorrow", text("x", date=CAME + DAY_MS), incoming(TEXT, "x")),
    Case("no date", text("x", date=...), incoming(TEXT, "x")),
    Case("a date that is none", text("x", date=[1]), incoming(TEXT, "x")),
    Case("no message", {"event_name": "message.text.received"}, Ignored("malformed")),
    Case("a message that is none", {"event_name": "message.text.received", "message": 5}, Ignored("malformed")),
    Case("nothing", {}, Ignored("malformed")),
    Case("a list", [text("x")], Ignored("malformed")),
]  # fmt: skip


@pytest.mark.parametrize("shape", [lambda update: update, wrapped], ids=["bare", "wrapped"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_an_update_is_understood_in_either_shape(case: Case, shape: Any) -> None:
    taken = update_of(shape(case.update), NOW)
    assert case.reader.read(taken.payload) == case.expect


def test_every_kind_that_we_know_has_a_case() -> None:
    names = {case.update.get("event_name") for case in CASES if isinstance(case.update, dict)}
    assert {*MEDIA, *MEETINGS, "message.text.received"} <= names


def test_what_waited_here_is_no_replay() -> None:
    taken = update_of(text("chào"), NOW)
    assert READER.read(json.loads(json.dumps(taken.payload))) == incoming(TEXT, "chào")


@pytest.mark.parametrize(
    ("update", "event_id", "lane"),
    [
        (text("x"), ID, BINH["id"]),
        (wrapped(text("x")), ID, BINH["id"]),
        (text("x", chat=GROUP), ID, GROUP["id"]),
        (text("x", message_id=12345678901234567890), "12345678901234567890", BINH["id"]),
        (text("x", message_id="a" * 101), "unnumbered:", BINH["id"]),
        (text("x", message_id=""), "unnumbered:", BINH["id"]),
        (text("x", message_id=...), "unnumbered:", BINH["id"]),
        ({"event_name": "bot.renamed"}, "unnumbered:", "-"),
        ([1], "malformed:", "-"),
        (float("nan"), "malformed:", "-"),
    ],
)
def test_an_update_is_named_by_its_message_and_addressed_by_its_chat(
    update: Any, event_id: str, lane: str
) -> None:
    taken = update_of(update, NOW)
    assert taken.event_id.startswith(event_id)
    assert (taken.event_id == event_id) is not event_id.endswith(":")
    assert taken.lane == lane
    assert update_of(update, NOW).event_id == taken.event_id


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from([*MEDIA, *MEETINGS, "message.text.received", "message.new.received", ""])
FIELDS = ("from", "chat", "text", "message_id", "date", "caption")


@st.composite
def updates(draw: st.DrawFn) -> JSON:
    """Almost right: any of its parts may be anything."""
    message = {**text("x")["message"], "chat": draw(st.sampled_from([PRIVATE_OR_GROUP, GROUP]))}
    for field in draw(st.lists(st.sampled_from(FIELDS), max_size=3)):
        message[field] = draw(ANYTHING)
    update = {"event_name": draw(NAMES), "message": draw(st.just(message) | ANYTHING)}
    return draw(st.sampled_from([update, wrapped(update)]))


PRIVATE_OR_GROUP: JSON = {"id": BINH["id"], "chat_type": "PRIVATE"}


@given(updates() | ANYTHING)
def test_nothing_that_comes_breaks_the_reading(update: Any) -> None:
    for reader in (READER, IN_GROUPS):
        understood = reader.read(update_of(update, NOW).payload)
        assert isinstance(understood, Incoming | Ignored)
        if isinstance(understood, Incoming):
            assert understood.address
            understood.address.encode()
            assert "\x00" not in understood.text


@given(st.binary())
def test_no_bytes_break_the_taking_in(body: bytes) -> None:
    taken = read_update(body, NOW)
    assert len(taken.event_id) <= 200
    assert isinstance(READER.read(taken.payload), Incoming | Ignored)


@given(ANYTHING)
def test_nothing_that_is_kept_breaks_the_reading(payload: Any) -> None:
    assert isinstance(
        READER.read(payload if isinstance(payload, dict) else kept(payload)), Incoming | Ignored
    )
