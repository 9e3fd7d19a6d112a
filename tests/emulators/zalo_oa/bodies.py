"""Checks a message body as strictly as the vendor and says what the person will see of it.

Texts longer than allowed, and too many buttons or elements, are -210; everything else that is wrong is -201.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.emulators.parameters import JSON, units
from tests.emulators.phone import Button
from tests.emulators.zalo_oa.refusals import Refused, invalid, too_long
from tests.emulators.zalo_oa.requests import (
    address_of,
    list_of,
    number_of,
    object_of,
    only,
    text_of,
)
from tests.emulators.zalo_oa.uploads import asset_of

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.accounts import OA
    from tests.emulators.zalo_oa.world import World

LONGEST_TEXT = 2000
LONGEST_TITLE = 100
LONGEST_SUBTITLE = 500
LONGEST_PAYLOAD = 1000
LONGEST_SMS = 160
MOST_BUTTONS = 5
MOST_ELEMENTS = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as the phone shows it; `event` names its kind in `oa_send_<event>`."""

    event: str
    text: str = ""
    buttons: tuple[Button, ...] = ()
    elements: tuple[JSON, ...] = ()
    media: str = ""
    quotes: str | None = None
    attachments: tuple[JSON, ...] = ()


def read_message(world: World, oa: OA, message: JSON) -> Shown:
    """Any message of the consultation and group sends. Raises Refused."""
    only(message, "text", "attachment", "quote_message_id")
    text = message.get("text", "")
    if not isinstance(text, str):
        raise invalid("text")
    if units(text) > LONGEST_TEXT:
        raise too_long("text")
    quotes = text_of(message, "quote_message_id", default="") or None
    if "attachment" not in message:
        if not text.strip():
            raise invalid("text")
        return Shown("text", text, quotes=quotes)
    attachment = object_of(message, "attachment")
    only(attachment, "type", "payload")
    payload = object_of(attachment, "payload")
    match attachment.get("type"):
        case "file":
            return replace(_file(world, oa, payload), quotes=quotes)
        case "template":
            return replace(_template(world, oa, text, payload), quotes=quotes)
        case _:  # a plain "image" too: pictures go as a media template
            raise invalid("attachment.type")


def _file(world: World, oa: OA, payload: JSON) -> Shown:
    only(payload, "token")
    asset = asset_of(world, oa, text_of(payload, "token"), "file", "token")
    attachment = {
        "type": "file",
        "payload": {"name": asset.name, "size": str(len(asset.content)), "url": world.media_url(asset.media)},
    }
    return Shown("file", asset.name, media=asset.media, attachments=(attachment,))


def _template(world: World, oa: OA, text: str, payload: JSON) -> Shown:
    only(payload, "template_type", "elements", "buttons")
    match payload.get("template_type", "button"):
        case "button":
            if not text.strip():
                raise invalid("text")
            if "elements" in payload:
                raise invalid("elements")
            return Shown("text", text, buttons=_buttons(payload))
        case "media":
            return _media(world, oa, text, payload)
        case "list":
            return _list(oa, text, payload)
        case "request_user_info":
            return _request_user_info(payload)
        case _:
            raise Refused(-233)


def _media(world: World, oa: OA, text: str, payload: JSON) -> Shown:
    element = list_of(payload, "elements", at_most=1)[0]
    only(element, "media_type", "url", "attachment_id", "width", "height")
    buttons = _buttons(payload) if "buttons" in payload else ()
    kind = element.get("media_type")
    if kind == "sticker":
        sticker = text_of(element, "attachment_id")
        return Shown("sticker", text, buttons, attachments=({"type": "sticker", "payload": {"id": sticker}},))
    if kind not in {"image", "gif"}:
        raise invalid("media_type")
    if kind == "gif":
        number_of(element, "width", least=1, most=10_000)
        number_of(element, "height", least=1, most=10_000)
    if ("url" in element) == ("attachment_id" in element):
        raise invalid("attachment_id")
    if "url" in element:
        url = address_of(element, "url")
        media = url
    else:
        media = asset_of(world, oa, text_of(element, "attachment_id"), kind, "attachment_id").media
        url = world.media_url(media)
    attachment = {"type": kind, "payload": {"thumbnail": url, "url": url}}
    return Shown(kind, text, buttons, media=media, attachments=(attachment,))


def _list(oa: OA, text: str, payload: JSON) -> Shown:
    if not oa.takes_list:
        raise Refused(-233)
    if text:
        raise invalid("text")
    elements = list_of(payload, "elements", at_most=MOST_ELEMENTS)
    for number, element in enumerate(elements):
        only(element, "title", "subtitle", "image_url", "default_action")
        text_of(element, "title", longest=LONGEST_TITLE)
        text_of(element, "subtitle", longest=LONGEST_SUBTITLE, default=None if number == 0 else "")
        address_of(element, "image_url")
        if "default_action" in element:
            action = object_of(element, "default_action")
            # An address stands flat beside the type here, not in a payload.
            content = (
                {"url": action.get("url")} if action.get("type") == "oa.open.url" else action.get("payload")
            )
            _check_action(action.get("type"), content)
    pressable = tuple(
        Button(element["title"], element["default_action"]["type"], element["default_action"].get("payload"))
        for element in elements
        if element.get("default_action", {}).get("type", "").startswith("oa.query.")
    )
    buttons = _buttons(payload) if "buttons" in payload else ()
    links = tuple(
        {
            "type": "link",
            "payload": {
                "title": element["title"],
                "description": element.get("subtitle", ""),
                "thumbnail": element["image_url"],
                "url": element.get("default_action", {}).get("url", ""),
            },
        }
        for element in elements
    )
    return Shown("list", elements[0]["title"], pressable + buttons, tuple(elements), attachments=links)


def _request_user_info(payload: JSON) -> Shown:
    only(payload, "template_type", "elements")
    element = list_of(payload, "elements", at_most=1)[0]
    only(element, "title", "subtitle", "image_url")
    title = text_of(element, "title", longest=LONGEST_TITLE)
    text_of(element, "subtitle", longest=LONGEST_SUBTITLE)
    address_of(element, "image_url")
    return Shown("request_user_info", title, elements=(element,))


def _buttons(payload: JSON) -> tuple[Button, ...]:
    buttons = []
    for button in list_of(payload, "buttons", at_most=MOST_BUTTONS):
        only(button, "title", "type", "payload", "image_icon")
        title = text_of(button, "title", longest=LONGEST_TITLE)
        _check_action(button.get("type"), button.get("payload"))
        buttons.append(Button(title, button["type"], button["payload"]))
    return tuple(buttons)


def _check_action(kind: Any, payload: Any) -> None:
    match kind:
        case "oa.query.show" | "oa.query.hide":
            text_of({"payload": payload}, "payload", longest=LONGEST_PAYLOAD)
        case "oa.open.url":
            address_of(object_of({"payload": payload}, "payload"), "url")
        case "oa.open.phone":
            _phone_code(object_of({"payload": payload}, "payload"))
        case "oa.open.sms":
            content = object_of({"payload": payload}, "payload")
            _phone_code(content)
            text_of(content, "content", longest=LONGEST_SMS)
        case _:
            raise invalid("type")


def _phone_code(payload: JSON) -> None:
    code = text_of(payload, "phone_code")
    if not (code.startswith("84") and code.isdigit()):
        raise invalid("phone_code")
