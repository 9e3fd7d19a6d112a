"""Our message as the parameters of sendMessage.

The text goes as it is, never as markup: what stands out is told beside it. What buttons cannot carry is left out: the text alone is complete.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot import text
from bot.channels.contract import Choice, Outgoing

TEXT_UNITS = 4096
PHONE_LABEL = "Gửi số điện thoại của tôi"  # The contract gives a channel no language to say it in.

VALUE_ENDS = "\u2063"
"""Stands, unseen, between value and label on a button of the keyboard: pressing such a button types all that it says."""

MESSAGE_ID = re.compile("[0-9]{1,15}")
_NO_PREVIEW = {"is_disabled": True}
# A keyboard stays until it is removed, and who sends next may be another process. So every message without buttons
# removes it: a few bytes, and nothing is seen where there is none.
_NO_KEYBOARD = {"remove_keyboard": True}

_VALUE_BYTES = 64  # telegram.md 2.3 (2026-11)
_BUTTONS = 100
_LABEL_UNITS = 64  # A phone shows about half of that.
_ROW_BUTTONS = 3
_ROW_UNITS = 24  # What fits beside each other on a small phone.


def parameters(address: str, message: Outgoing) -> dict[str, Any]:
    """What sendMessage is called with."""
    return {
        "chat_id": address,
        "text": message.text,
        **_entities(message, "entities"),
        "link_preview_options": _NO_PREVIEW,
        "reply_markup": _markup(message),
        **_quote(message),
    }


def with_caption(address: str, message: Outgoing) -> dict[str, Any]:
    """What a file is sent with when the words fit below it."""
    return {
        "chat_id": address,
        "caption": message.text,
        **_entities(message, "caption_entities"),
        "reply_markup": _markup(message),
        **_quote(message),
    }


def edited(message: Outgoing) -> dict[str, Any]:
    """What a message of ours is to read like from now on. What an edit carries as buttons stands with the words."""
    return {
        "text": message.text,
        **_entities(message, "entities"),
        "link_preview_options": _NO_PREVIEW,
        **_buttons_of_edit(message),
    }


def edited_caption(message: Outgoing) -> dict[str, Any]:
    """The same for words below a file."""
    return {
        "caption": message.text,
        **_entities(message, "caption_entities"),
        **_buttons_of_edit(message),
    }


def _buttons_of_edit(message: Outgoing) -> dict[str, Any]:
    """Only buttons with the words can be changed, so there is none to remove."""
    markup = _markup(message)
    return {"reply_markup": markup} if "inline_keyboard" in markup else {}


def _entities(message: Outgoing, name: str) -> dict[str, Any]:
    """What stands out, counted in UTF-16 units as Telegram does (telegram.md 2.2, 2026-11)."""
    if not message.spans:
        return {}
    return {
        name: [
            {"type": span.style.value, "offset": span.start, "length": span.length} for span in message.spans
        ]
    }


def _quote(message: Outgoing) -> dict[str, Any]:
    if not MESSAGE_ID.fullmatch(message.quotes):
        return {}
    # She may have deleted it: the answer comes all the same.
    return {"reply_parameters": {"message_id": int(message.quotes), "allow_sending_without_reply": True}}


def _markup(message: Outgoing) -> Mapping[str, Any]:
    if not message.choices and not message.asks_phone:
        return _NO_KEYBOARD
    choices = [choice for choice in message.choices if _fits(choice)][:_BUTTONS]
    if message.asks_phone:
        # Only this kind of keyboard can ask for a number (telegram.md 2.12), and a message has one keyboard.
        rows: list[list[dict[str, Any]]] = [[{"text": PHONE_LABEL, "request_contact": True}]]
        rows += [
            [{"text": f"{choice.value}{VALUE_ENDS} – {_label(choice)}"} for choice in row]
            for row in _rows(choices)
        ]
        return {"keyboard": rows, "one_time_keyboard": True, "resize_keyboard": True}
    if not choices:
        return _NO_KEYBOARD
    return {
        "inline_keyboard": [
            [{"text": _label(choice), "callback_data": choice.value} for choice in row]
            for row in _rows(choices)
        ]
    }


def _fits(choice: Choice) -> bool:
    return 1 <= len(choice.value.encode("utf-8", "surrogatepass")) <= _VALUE_BYTES


def _label(choice: Choice) -> str:
    return text.cut(text.clean(choice.label) or choice.value, _LABEL_UNITS)


def _rows(choices: Sequence[Choice]) -> list[list[Choice]]:
    """Short buttons beside each other, a long one on a row of its own."""
    rows: list[list[Choice]] = []
    room = 0
    for choice in choices:
        units = text.utf16_length(_label(choice))
        if rows and units <= room and len(rows[-1]) < _ROW_BUTTONS:
            rows[-1].append(choice)
        else:
            rows.append([choice])
            room = _ROW_UNITS
        room -= units
    return rows
