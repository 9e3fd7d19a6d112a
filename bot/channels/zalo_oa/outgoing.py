"""Our message as bodies of Zalo's sends (zalo-oa.md 3.2, 2026-11).

Each function gives several ways to say the same, the richest first: where Zalo does not take one, which it tells before
anything is delivered, the next is tried. The last is always the text alone, which is complete by itself.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.channels.contract import Choice, FileKind, Outgoing
from bot.text import cut, utf16_length

TEXT_UNITS: Final = 2000  # "Characters" at Zalo, read as UTF-16 units, the stricter reading.
GROUP: Final = "group:"  # Begins the address of a group.

_CS = "/v3.0/oa/message/cs"
_GROUP_MESSAGE = "/v3.0/oa/group/message"
_MOST_BUTTONS = 5
_MOST_ELEMENTS = 5  # Of a list, the first of which is taken up by the text.
_LONGEST_TITLE = 100
_LONGEST_SUBTITLE = 500
_LONGEST_PAYLOAD = 1000

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Style:
    """What differs between services and accounts."""

    names_button_template: bool = False  # zalo-oa.md 3.2: the sources disagree.
    picture: str = ""  # The public address of a picture of ours: lists and forms cannot do without one.


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes: the path to call and the recipient in its body."""

    path: str
    recipient: Mapping[str, str]
    is_group: bool

    def body(self, message: Body) -> dict[str, Any]:
        return {"recipient": self.recipient, "message": message}


def address_of(address: str) -> Address:
    if address.startswith(GROUP):
        return Address(_GROUP_MESSAGE, {"group_id": address.removeprefix(GROUP)}, is_group=True)
    return Address(_CS, {"user_id": address}, is_group=False)


def text_of(message: Outgoing) -> str:
    return unicodedata.normalize("NFC", message.text)


def texts(message: Outgoing, style: Style) -> Sequence[Body]:
    """The text, with what can be pressed and what it answers where it can be."""
    plain: Body = {"text": text_of(message)}
    if not message.choices and not message.quotes:
        return (plain,)
    quote: Body = {"quote_message_id": message.quotes} if message.quotes else {}
    ways: list[Body] = []
    if pressable := _buttons(message.choices, style):
        # A quote that is too old is refused like a wrong button: without it first.
        ways += [{**plain, **quote, **pressable}, {**plain, **pressable}]
    elif listed := _list(message, style):
        ways += [listed, {**plain, **quote}]
    else:
        ways.append({**plain, **quote})
    ways.append(plain)
    return list(_different(ways))


def picture(
    kind: FileKind, attachment_id: str, size: tuple[int, int], caption: str, quotes: str
) -> Sequence[Body]:
    """An uploaded picture; Zalo wants to know how large a moving one is."""
    element: dict[str, Any] = {"media_type": kind.value, "attachment_id": attachment_id}
    if kind is FileKind.GIF:
        element |= {"width": size[0], "height": size[1]}
    shown: Body = _template({"template_type": "media", "elements": [element]})
    if caption.strip():
        shown = {"text": unicodedata.normalize("NFC", caption), **shown}
    return [{**shown, "quote_message_id": quotes}, shown] if quotes else [shown]


def file(token: str) -> Sequence[Body]:
    """An uploaded file. It carries no text."""
    return [{"attachment": {"type": "file", "payload": {"token": token}}}]


def form(title: str, subtitle: str, style: Style) -> Body | None:
    """Zalo's own form for one's name, number and address; None where we have no picture to put on it."""
    if not style.picture:
        return None
    element = {
        "title": cut(title, _LONGEST_TITLE),
        "subtitle": cut(subtitle, _LONGEST_SUBTITLE),
        "image_url": style.picture,
    }
    return _template({"template_type": "request_user_info", "elements": [element]})


def _buttons(choices: Sequence[Choice], style: Style) -> Body | None:
    if not 0 < len(choices) <= _MOST_BUTTONS or not all(map(_can_be_pressed, choices)):
        return None
    kind = {"template_type": "button"} if style.names_button_template else {}
    return _template({**kind, "buttons": [_button(choice) for choice in choices]})


def _list(message: Outgoing, style: Style) -> Body | None:
    """More choices than buttons, as a list: its first element says the text, the last choices stand below as buttons."""
    choices, text = message.choices, text_of(message)
    rows = _MOST_ELEMENTS - 1
    if not style.picture or not _MOST_BUTTONS < len(choices) <= rows + _MOST_BUTTONS:
        return None
    if utf16_length(text) > _LONGEST_SUBTITLE or not all(map(_can_be_pressed, choices)):
        return None
    first = {
        "title": cut(text.strip().splitlines()[0], _LONGEST_TITLE),
        "subtitle": text,
        "image_url": style.picture,
    }
    elements = [first] + [
        {
            "title": _label(choice),
            "image_url": style.picture,
            "default_action": {"type": "oa.query.show", "payload": choice.value},
        }
        for choice in choices[:rows]
    ]
    buttons = [_button(choice) for choice in choices[rows:]]
    return _template({"template_type": "list", "elements": elements, "buttons": buttons})


def _can_be_pressed(choice: Choice) -> bool:
    return 0 < utf16_length(_label(choice)) <= _LONGEST_TITLE and 0 < len(choice.value) <= _LONGEST_PAYLOAD


def _button(choice: Choice) -> Body:
    # Pressing it sends its value as a text of hers, as if she had typed it.
    return {"title": _label(choice), "type": "oa.query.show", "payload": choice.value}


def _label(choice: Choice) -> str:
    return unicodedata.normalize("NFC", choice.label).strip()


def _template(payload: Mapping[str, Any]) -> Body:
    return {"attachment": {"type": "template", "payload": payload}}


def _different(ways: Sequence[Body]) -> Iterator[Body]:
    for number, way in enumerate(ways):
        if way not in ways[:number]:
            yield way
