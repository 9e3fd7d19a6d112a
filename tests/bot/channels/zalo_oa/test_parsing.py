"""Every event that Zalo is known to send, and what it means to us."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.contract import FileKind, Ignored, Incoming, IncomingKind, RemoteFile
from bot.channels.zalo_oa import parsing
from bot.channels.zalo_oa.updates import UPDATE, accounts_of, is_old, read_event, updates_of
from bot.phone import parse_phone
from tests.bot.channels.zalo_oa.payloads import (
    HOA,
    JSON,
    MSG,
    OA,
    SENT_MS,
    attached,
    by_hand,
    follow,
    from_her,
    of_oa,
    text,
    to_her,
    written,
)

SENT = datetime.fromtimestamp(SENT_MS / 1000, UTC)
CAME = SENT + timedelta(seconds=1)
GROUP = "5000000000000000001"
URL = "https://f6.photo.talk.zdn.vn/x/full.jpg"
BIG = 2**70


def incoming(kind: IncomingKind, words: str = "", **more: Any) -> Incoming:
    fields: JSON = {"address": HOA, "kind": kind, "text": words, "at": SENT}
    return Incoming(**(fields | more))


def media(what: str, *files: RemoteFile, words: str = "", **more: Any) -> Incoming:
    return incoming(IncomingKind.MEDIA, words, message_id=MSG, media=what, files=files, **more)


def said(words: str, **more: Any) -> Incoming:
    return incoming(IncomingKind.TEXT, words, **({"message_id": MSG} | more))


def sends(kind: str, message: Any) -> JSON:
    return from_her(f"user_send_{kind}", message)


def tagging(name: str, ids: Any, tag: Any = "Cần gọi lại") -> JSON:
    return of_oa(name, tag={"user_ids": ids, "name": tag})


def file(kind: FileKind, source: str = URL, name: str = "") -> RemoteFile:
    return RemoteFile(kind, source, name)


@dataclass(frozen=True)
class Case:
    label: str
    event: Any
    expect: Incoming | Ignored
    mirrors_tags: bool = True


TEXT = IncomingKind.TEXT
IMAGE = {"thumbnail": "https://t.f6.photo.talk.zdn.vn/x/thumb.jpg", "url": URL}
CARD = {"thumbnail": "", "description": '{"phone":"84912000222","qrCodeUrl":"https://qr.example.vn/x.png"}', "url": "https://zalo.me/0"}  # fmt: skip
PLACE = {"coordinates": {"latitude": "10.7769", "longitude": "106.7009"}}
INFO = {"name": "Nguyễn Thị Hoa", "phone": "84912000111", "user_dob": "30/10/1979", "gender": "Nữ", "full_address": {"user_city": "Cần Thơ"}}  # fmt: skip
OLD_INFO = {"name": "Hoa", "phone": 84912000111, "address": "Ấp 1", "city": "", "district": "", "ward": ""}
SPOKEN = [
    Case("text", text("chào em"), said("chào em")),
    Case("text to be cleaned", text("  cha\u0300o\x00\r\n em "), said("chào\nem")),
    Case("half a character", text("dạ \ud83d"), said("dạ")),
    Case("a button's payload", text("1"), said("1")),
    Case("a reply", from_her("user_send_text", {"text": "dạ", "msg_id": MSG, "quote_msg_id": "f0e1"}), said("dạ", reply_to="f0e1")),
    Case("no words", text(" \n "), Ignored("empty")),
    Case("text without text", from_her("user_send_text", {"msg_id": MSG}), Ignored("empty")),
    Case("text that is none", text({"a": 1}), Ignored("empty")),
    Case("picture", sends("image", attached("image", IMAGE)), media("photo", file(FileKind.IMAGE))),
    Case("picture with words", sends("image", attached("image", IMAGE, text="giấy này")), media("photo", file(FileKind.IMAGE), words="giấy này")),
    Case("several pictures", sends("image", attached("image", IMAGE, {"url": "http://a.zdn.vn/2"})),
         media("photo", file(FileKind.IMAGE), file(FileKind.IMAGE, "http://a.zdn.vn/2"))),
    Case("more than anybody sends", sends("image", attached("image", *[IMAGE] * 500)), media("photo", *[file(FileKind.IMAGE)] * 20)),
    Case("gif", sends("gif", attached("gif", IMAGE)), media("gif", file(FileKind.GIF))),
    Case("voice", sends("audio", attached("audio", {"url": "https://v.zdn.vn/a.amr"})), media("voice", file(FileKind.VOICE, "https://v.zdn.vn/a.amr"))),
    Case("video", sends("video", attached("video", {"url": URL, "thumbnail": "", "description": "x"})), media("video", file(FileKind.VIDEO))),
    Case("sticker", sends("sticker", attached("sticker", {"url": URL, "id": "46991"})), media("sticker")),
    Case("link", sends("link", attached("link", {"url": "https://example.vn", "description": "", "thumbnail": ""}, text="https://example.vn")),
         media("link", words="https://example.vn")),
    Case("place", sends("location", attached("location", PLACE)), media("location")),
    Case("somebody's card", sends("business_card", attached("link", CARD)), media("contact")),
    Case("file", sends("file", attached("file", {"size": "9", "name": "đơn.pdf", "checksum": "0", "type": "pdf", "url": URL})),
         media("file", file(FileKind.FILE, name="đơn.pdf"))),
    Case("something new", sends("hologram", attached("hologram", {"url": URL})), media("other")),
    Case("a picture without address", sends("image", attached("image", {"thumbnail": URL})), media("photo")),
    Case("an address of another kind", sends("image", attached("image", {"url": "file:///etc/passwd"})), media("photo")),
    Case("an address that is too long", sends("image", attached("image", {"url": URL + "x" * 4000})), media("photo")),
    Case("an address that no database keeps", sends("image", attached("image", {"url": URL + "\x00"})), media("photo")),
    Case("attachments that are none", sends("image", {"msg_id": MSG, "attachments": {"type": "image"}}), media("photo")),
    Case("an attachment that is none", sends("file", attached("file", 5, None, "x")), media("file")),
    Case("ids beyond 2^53 as numbers", from_her("user_send_text", {"text": "x", "msg_id": 2**63 + 1, "quote_msg_id": 2**64 + 1}, sender={"id": BIG}),
         said("x", address=str(BIG), message_id=str(2**63 + 1), reply_to=str(2**64 + 1))),
    Case("an id that no database keeps", from_her("user_send_text", {"text": "x", "msg_id": "a\x00b"}), said("x", message_id="")),
    Case("no message", from_her("user_send_text"), Ignored("empty")),
    Case("nobody", text("x", sender=...), Ignored("malformed")),
    Case("a nameless sender", text("x", sender={"id": ""}), Ignored("malformed")),
]  # fmt: skip
DONE = [
    Case("she opens the chat", of_oa("user_click_chatnow", user_id=HOA), incoming(IncomingKind.START)),
    Case("she follows", follow(), incoming(IncomingKind.FOLLOWED)),
    Case("she follows no more", follow("unfollow"), incoming(IncomingKind.UNFOLLOWED)),
    Case("nobody follows", follow(follower=None), Ignored("malformed")),
    Case("she gives her number", from_her("user_submit_info", info=INFO), incoming(IncomingKind.PHONE, "84912000111")),
    Case("in the old form, as a number", from_her("user_submit_info", info=OLD_INFO), incoming(IncomingKind.PHONE, "84912000111")),
    Case("she gives none", from_her("user_submit_info", info={"name": "Hoa"}), incoming(IncomingKind.PHONE)),
    Case("she reacts", from_her("user_reacted_message", {"msg_id": "f0e1", "react_icon": "/-heart"}),
         incoming(IncomingKind.REACTED, "/-heart", reply_to="f0e1")),
    Case("she reacts with nothing", from_her("user_reacted_message", {"msg_id": "f0e1"}), Ignored("empty")),
    Case("she wants her data erased", of_oa("user_withdraw", user_id=HOA), incoming(IncomingKind.WITHDRAWN)),
    Case("nobody wants it", of_oa("user_withdraw"), Ignored("malformed")),
]  # fmt: skip
TOLD = [
    Case("it arrived", to_her("user_received_message", {"msg_id": "f0e1"}), incoming(IncomingKind.DELIVERED, message_ids=("f0e1",))),
    Case("a template by phone arrived", to_her("user_received_message", {"msg_id": "f0e1", "delivery_time": "1", "tracking_id": "reply:7"},
                                               recipient={"id": "84912000111"}),
         incoming(IncomingKind.DELIVERED, address="84912000111", message_ids=("f0e1",))),
    Case("to nobody known", to_her("user_received_message", {"msg_id": "f0e1"}, recipient=...),
         incoming(IncomingKind.DELIVERED, address="", message_ids=("f0e1",))),
    Case("what arrived is not said", to_her("user_received_message", {}), Ignored("empty")),
    Case("it was seen", to_her("user_seen_message", {"msg_ids": ["f0e1", 2**63, "f0e1", None]}),
         incoming(IncomingKind.SEEN, message_ids=("f0e1", str(2**63)))),
    Case("what was seen is not said", to_her("user_seen_message", {"msg_ids": "f0e1"}), Ignored("empty")),
    Case("our own message", to_her("oa_send_text", {"text": "Dạ", "msg_id": "f0e1"}), Ignored("own")),
    Case("our own picture", to_her("oa_send_image", attached("image", IMAGE)), Ignored("own")),
    Case("a person writes", by_hand("oa_send_text", {"text": "Chị ơi", "msg_id": "f0e1"}),
         incoming(IncomingKind.TAKEN_OVER, "Chị ơi", message_id="f0e1")),
    *(Case(f"a person sends {kind}", by_hand(f"oa_send_{kind}", attached(kind, IMAGE)),
           incoming(IncomingKind.TAKEN_OVER, message_id=MSG, media=name))
      for kind, name in {"image": "photo", "gif": "gif", "list": "other", "file": "file", "sticker": "sticker", "link": "link",
                         "request_user_info": "other"}.items()),
    Case("a person writes to nobody", by_hand("oa_send_text", {"text": "x"}) | {"recipient": {}}, Ignored("malformed")),
    Case("a mark on her", tagging("add_user_to_tag", [HOA]), incoming(IncomingKind.TAGGED, "Cần gọi lại")),
    Case("a mark off her", tagging("remove_user_from_tag", [HOA]), incoming(IncomingKind.UNTAGGED, "Cần gọi lại")),
    Case("a mark off everybody", tagging("remove_tag", []), incoming(IncomingKind.UNTAGGED, "Cần gọi lại", address="")),
    Case("a mark on nobody", tagging("add_user_to_tag", []), Ignored("malformed")),
    Case("no mark", tagging("add_user_to_tag", [HOA], " "), Ignored("malformed")),
    *(Case(f"{name}, not wanted", tagging(name, [HOA]), Ignored(name), mirrors_tags=False)
      for name in ("add_user_to_tag", "remove_user_from_tag", "remove_tag")),
    *(Case(name, of_oa(name, template_id="1", status={"prev_status": "PENDING_REVIEW", "new_status": "ENABLE"}),
           incoming(IncomingKind.TEMPLATES_CHANGED, address=""))
      for name in ("change_template_status", "change_template_quality", "change_template_tag")),
]  # fmt: skip
NOT_OURS = (
    "oa_reacted_message", "anonymous_send_text", "anonymous_send_image", "anonymous_send_file", "anonymous_send_sticker",
    "oa_send_anonymous_text", "oa_send_anonymous_image", "oa_send_anonymous_file", "oa_send_anonymous_sticker",
    "update_user_info", "user_feedback", "shop_has_order", "user_asking_product", "create_group", "user_join_group",
    "user_request_join_group", "add_group_admin", "remove_group_admin", "update_group_info", "delete_group",
    "accept_request_join_group", "reject_request_join_group", "react_request_join_group_accept",
    "react_request_join_group_reject", "user_out_group", "user_leave_group", "user_send_group_text", "user_send_group_image",
    "user_send_group_link", "user_send_group_audio", "user_send_group_video", "user_send_group_business_card",
    "user_send_group_sticker", "user_send_group_gif", "user_send_group_file", "oa_send_group_text", "oa_send_group_image",
    "oa_send_consent", "user_reply_consent", "user_call_oa", "oa_call_user", "widget_interaction_accepted",
    "widget_failed_to_sync_user_external_id", "extension_purchased", "change_oa_daily_quota", "user_dreamt_of_oa",
)  # fmt: skip
STRANGE = [
    *(
        Case(name, from_her(name, {"text": "x", "msg_id": MSG}, oa_id=OA, user_id=HOA), Ignored(name))
        for name in NOT_OURS
    ),
    Case("a strange name", text("x", event_name="user_send_<b>"), Ignored("malformed")),
    Case("a long name", text("x", event_name="user_" + "x" * 100), Ignored("malformed")),
    Case("no name", text("x", event_name=...), Ignored("malformed")),
    Case("a name that is none", text("x", event_name=["user_send_text"]), Ignored("malformed")),
    Case("nothing", {}, Ignored("malformed")),
]
CASES = [*SPOKEN, *DONE, *TOLD, *STRANGE]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_an_event_is_understood(case: Case) -> None:
    [update] = updates_of(case.event, CAME)
    kept = json.loads(json.dumps(update.payload))
    assert parsing.read(kept, mirrors_tags=case.mirrors_tags) == case.expect


def test_every_media_kind_has_a_case() -> None:
    names = {case.event.get("event_name") for case in SPOKEN}
    assert {f"user_send_{kind}" for kind in parsing.MEDIA} <= names


def test_a_submitted_number_is_one_that_we_know_how_to_read() -> None:
    assert parse_phone("84912000111") == "+84912000111"


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        (SENT_MS, SENT),
        (float(SENT_MS), SENT),
        (str(SENT_MS // 1000), SENT),
        (SENT_MS + 86_400_000, CAME),  # Not later than it came.
        ("soon", CAME),
        (10**15, CAME),
        (None, CAME),
    ],
)
def test_it_happened_when_zalo_says_so_and_not_after_it_came(timestamp: Any, at: datetime) -> None:
    [update] = updates_of(follow(timestamp=timestamp), CAME)
    understood = parsing.read(update.payload)
    assert isinstance(understood, Incoming)
    assert understood.at == at


# Names and lanes


def shared(event: JSON) -> tuple[str, str]:
    [update] = updates_of(event, CAME, body=written(event))
    return update.event_id, update.lane


REACTION = from_her("user_reacted_message", {"msg_id": "f0e1", "react_icon": "/-heart"})
GROUP_TEXT = from_her("user_send_group_text", {"text": "x", "msg_id": MSG}, recipient={"id": GROUP}, oa_id=OA)


@pytest.mark.parametrize(
    ("event", "event_id", "lane"),
    [
        (text("x"), f"user_send_text:{MSG}", HOA),
        (from_her("user_send_text", {"msg_id": 2**63}), f"user_send_text:{2**63}", HOA),
        (sends("image", attached("image", IMAGE)), f"user_send_image:{MSG}", HOA),
        (to_her("oa_send_text", {"msg_id": MSG}), f"oa_send_text:{MSG}", HOA),
        (by_hand("oa_send_text", {"msg_id": MSG}), f"oa_send_text:{MSG}", HOA),
        (from_her("anonymous_send_text", {"msg_id": MSG}), f"anonymous_send_text:{MSG}", HOA),
        (from_her("user_send_text", {"msg_id": "x" * 101}), "sha:", HOA),
        (from_her("user_send_" + "x" * 90, {"msg_id": "x" * 100}), "sha:", HOA),
        (from_her("user_send_text", {"text": "x"}), "sha:", HOA),
        (REACTION, "sha:", HOA),
        (to_her("user_received_message", {"msg_id": MSG}), "sha:", HOA),
        (to_her("user_seen_message", {"msg_ids": [MSG]}), "sha:", HOA),
        (follow(), "sha:", HOA),
        (of_oa("user_withdraw", user_id=HOA), "sha:", HOA),
        (of_oa("update_user_info", user_id=int(HOA)), "sha:", HOA),
        (from_her("user_submit_info", info={}), "sha:", HOA),
        (GROUP_TEXT, f"user_send_group_text:{MSG}", GROUP),
        (of_oa("user_join_group", group_id=GROUP, users=[{"id": HOA}]), "sha:", GROUP),
        (of_oa("change_template_status"), "sha:", "-"),
        (tagging("remove_tag", []), "sha:", "-"),
        (text("x", event_name="user_send_\x00"), "sha:", HOA),
    ],
)
def test_an_event_is_named_by_its_message_and_kept_in_her_lane(event: JSON, event_id: str, lane: str) -> None:
    found = shared(event)
    assert found[0].startswith(event_id)
    assert (found[0] == event_id) is not event_id.endswith(":")
    assert found[1] == lane
    assert shared(event) == found


def test_two_signs_below_one_message_are_two_events() -> None:
    other = from_her("user_reacted_message", {"msg_id": "f0e1", "react_icon": "/-strong"})
    assert shared(REACTION)[0] != shared(other)[0]


def test_a_mark_on_several_people_comes_to_each_in_her_own_lane() -> None:
    updates = updates_of(tagging("add_user_to_tag", [HOA, int(HOA) + 1, HOA, "", None]), CAME)
    assert [update.lane for update in updates] == [HOA, str(int(HOA) + 1)]
    assert len({update.event_id for update in updates}) == 2
    for update in updates:
        understood = parsing.read(update.payload, mirrors_tags=True)
        assert isinstance(understood, Incoming)
        assert understood.address == update.lane


@pytest.mark.parametrize(
    ("event", "first"),
    [
        (text("x"), OA),
        (to_her("user_received_message", {}), OA),
        (to_her("oa_send_text", {}), OA),
        (follow(), OA),
        (of_oa("change_oa_daily_quota", oa_id=..., oaId=int(OA)), OA),
        (GROUP_TEXT, OA),
        ({}, None),
    ],
)
def test_the_oa_stands_where_the_kind_of_event_has_it(event: JSON, first: str | None) -> None:
    assert next(accounts_of(event), None) == first


@pytest.mark.parametrize(
    ("timestamp", "is_past"),
    [
        (str(SENT_MS), False),
        (str(SENT_MS - 24 * 3600 * 1000 + 1000), False),
        (str(SENT_MS - 24 * 3600 * 1000), True),
        (str(SENT_MS // 1000 - 86_400), True),
        (f"{SENT_MS - 90_000_000}.0", True),
        (str(SENT_MS // 10), False),  # One sample of the vendor's has a digit too few: it says nothing.
        (str(SENT_MS + 90_000_000), False),
        ("", False),
        ("yesterday", False),
        ("9" * 5000, False),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_older_than_a_day_is_old(timestamp: str, is_past: bool) -> None:
    assert is_old(timestamp, CAME) is is_past


# Anything at all

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KNOWN = sorted({str(case.event["event_name"]) for case in CASES if case.event.get("event_name")})
FIELDS = ("sender", "recipient", "message", "follower", "user_id", "oa_id", "tag", "info", "timestamp")
PARTS = ("text", "msg_id", "msg_ids", "attachments", "react_icon", "quote_msg_id")


@st.composite
def events(draw: st.DrawFn) -> JSON:
    """Almost right: any of its parts may be anything."""
    message: JSON = {"text": "x", "msg_id": MSG, "attachments": [{"type": "image", "payload": IMAGE}]}
    for part in draw(st.lists(st.sampled_from(PARTS), max_size=3)):
        message[part] = draw(ANYTHING)
    event = from_her(
        draw(st.sampled_from(KNOWN)), message, follower={"id": HOA}, tag={"name": "x", "user_ids": [HOA]}
    )
    for field in draw(st.lists(st.sampled_from(FIELDS), max_size=2)):
        event[field] = draw(ANYTHING)
    return event  # fmt: skip


@given(events() | st.dictionaries(st.text(), ANYTHING))
def test_nothing_that_comes_breaks_the_reading(event: JSON) -> None:
    taken = read_event(written(event))
    if taken is None:  # What the databases do not keep.
        return
    list(accounts_of(taken))
    for update in updates_of(taken, CAME):
        assert 0 < len(update.event_id) <= 200
        assert "\x00" not in update.event_id + update.lane
        understood = parsing.read(json.loads(json.dumps(update.payload)), mirrors_tags=True)
        if isinstance(understood, Incoming):
            understood.address.encode()
            assert "\x00" not in understood.text
        else:
            assert understood.why.isascii()


@given(st.binary())
def test_no_bytes_break_the_taking_in(body: bytes) -> None:
    event = read_event(body)
    assert event is None or updates_of(event, CAME, body=body)


@given(ANYTHING)
def test_nothing_that_is_kept_breaks_the_reading(payload: Any) -> None:
    kept = payload if isinstance(payload, dict) else {UPDATE: payload}
    assert isinstance(parsing.read(kept), Incoming | Ignored)
