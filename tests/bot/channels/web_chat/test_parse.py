from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.contract import Account, Ignored, Incoming, IncomingKind
from bot.channels.web_chat.channel import WebChat
from bot.languages import Languages
from bot.store.database import Database
from bot.web.assets import Assets

HER = "ab" * 32


def channel() -> WebChat:
    names = ("chat.css", "chat.js", "lotus.svg")
    return WebChat(
        Account(1, "web_chat", "web", "Trang web"),
        cast("Database", None),  # Parsing needs none.
        assets=Assets(Path(), {name: name for name in names}),
        languages=Languages({}),
        clock=lambda: (_ for _ in ()).throw(AssertionError),
        organisation="Hội Phụ nữ thử nghiệm",
        web_address="https://chihoi.example.vn",
        greeting=lambda _language: "",
    )


@dataclass(frozen=True)
class Case:
    label: str
    payload: Any
    expect: Incoming | Ignored


CASES = [
    Case(
        "typed",
        {"kind": "text", "address": HER, "text": "vay vốn"},
        Incoming(HER, IncomingKind.TEXT, "vay vốn"),
    ),
    Case(
        "reply to a message of ours",
        {
            "kind": "text",
            "address": HER,
            "text": "đúng rồi",
            "reply_to": "12",
            "message_id": "in:1",
            "language": "km",
        },
        Incoming(HER, IncomingKind.TEXT, "đúng rồi", message_id="in:1", reply_to="12", language="km"),
    ),
    Case("button", {"kind": "choice", "address": HER, "text": "2"}, Incoming(HER, IncomingKind.CHOICE, "2")),
    Case(
        "link with a code",
        {"kind": "start", "address": HER, "text": "ABCD"},
        Incoming(HER, IncomingKind.START, "ABCD"),
    ),
    Case("start alone", {"kind": "start", "address": HER}, Incoming(HER, IncomingKind.START)),
    Case("chat cleared", {"kind": "left", "address": HER}, Incoming(HER, IncomingKind.LEFT)),
    Case(
        "control characters",
        {"kind": "text", "address": HER, "text": "a\x00b\ud800 \r\n c"},
        Incoming(HER, IncomingKind.TEXT, "ab\nc"),
    ),
    Case("blank", {"kind": "text", "address": HER, "text": " \n "}, Ignored("empty")),
    Case("no text", {"kind": "text", "address": HER}, Ignored("empty")),
    Case("text that is none", {"kind": "text", "address": HER, "text": ["x"]}, Ignored("empty")),
    Case("no address", {"kind": "text", "text": "x"}, Ignored("no_address")),
    Case("address that is none", {"kind": "text", "address": 7, "text": "x"}, Ignored("no_address")),
    Case(
        "kind of another channel", {"kind": "phone", "address": HER, "text": "0912"}, Ignored("unknown_kind")
    ),
    Case("kind that is none", {"kind": {}, "address": HER, "text": "x"}, Ignored("unknown_kind")),
    Case("empty", {}, Ignored("unknown_kind")),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_parse(case: Case) -> None:
    assert channel().parse(case.payload) == case.expect


def test_a_text_over_the_limit_is_cut() -> None:
    understood = channel().parse({"kind": "text", "address": HER, "text": "ế" * 100_001})
    assert isinstance(understood, Incoming)
    assert len(understood.text) == 100_000


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
_channel = channel()


@given(
    st.dictionaries(
        st.sampled_from(["kind", "address", "text", "reply_to", "message_id", "language"]),
        _json | st.sampled_from(["text", "choice", "start", "left"]),
    )
)
def test_no_payload_makes_it_raise(payload: dict[str, Any]) -> None:
    assert isinstance(_channel.parse(payload), Incoming | Ignored)


def test_link_opens_the_page_with_the_code() -> None:
    assert channel().link("AB-1") == "https://chihoi.example.vn/chat?ma=AB-1"
