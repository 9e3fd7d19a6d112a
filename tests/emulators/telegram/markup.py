"""Text as the Bot API reads it: HTML into visible text and entities, lengths in UTF-16 units, keyboards checked.

MarkdownV2 is refused, because our software does not send it.
"""

from __future__ import annotations

import html
import re
from typing import Any

from tests.emulators.telegram.parameters import JSON, json_of, text_of
from tests.emulators.telegram.refusals import bad_request

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_CALLBACK_DATA_BYTES = 64

_TAG = re.compile(r"""<(/?)([A-Za-z0-9-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>""")
_ATTRIBUTE = re.compile(r"""([A-Za-z0-9_-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?""")
_REFERENCE = re.compile(r"&(?:#\d+|#[xX][0-9A-Fa-f]+|lt|gt|amp|quot);")
_COMMAND = re.compile(r"(?:^|(?<=\s))/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]+)?")

_ENTITY_OF_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}


def utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def command_entities(text: str) -> list[JSON]:
    return [
        {"type": "bot_command", "offset": utf16_length(text[: found.start()]), "length": len(found[0])}
        for found in _COMMAND.finditer(text)
    ]


def _plain(text: str) -> str:
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text)


def _entity(tag: str, attributes: JSON, offset: int) -> JSON:
    entity: JSON = {"type": _ENTITY_OF_TAG[tag], "offset": offset}
    if tag == "a":
        entity["url"] = _plain(attributes.get("href", ""))
    elif tag == "tg-emoji":
        entity["custom_emoji_id"] = attributes.get("emoji-id", "")
    elif tag == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    return entity


def parse_html(source: str) -> tuple[str, list[JSON]]:
    """The visible text and its entities; 400 "can't parse entities" for what Telegram would refuse."""
    visible: list[str] = []
    length = position = 0
    entities: list[JSON] = []
    stack: list[tuple[str, JSON, int]] = []
    while position < len(source):
        start = source.find("<", position)
        piece = _plain(source[position : start if start >= 0 else len(source)])
        visible.append(piece)
        length += utf16_length(piece)
        if start < 0:
            break
        at = len(source[:start].encode())
        found = _TAG.match(source, start)
        if found is None:
            raise _cannot_parse(f"Unclosed start tag at byte offset {at}")
        closing, name, rest = found[1], found[2].lower(), found[3]
        if closing:
            if not stack:
                raise _cannot_parse(f"Unexpected end tag at byte offset {at}")
            opened, entity, _ = stack.pop()
            if name not in {"", opened}:
                raise _cannot_parse(
                    f'Unmatched end tag at byte offset {at}, expected "</{opened}>", found "</{name}>"'
                )
            entity["length"] = length - entity["offset"]
            if entity["length"] and entity.get("url") != "":
                entities.append(entity)
        else:
            attributes = {key.lower(): a or b or c for key, a, b, c in _ATTRIBUTE.findall(rest)}
            if name not in _ENTITY_OF_TAG or (name == "span" and attributes.get("class") != "tg-spoiler"):
                raise _cannot_parse(f'Unsupported start tag "{found[2]}" at byte offset {at}')
            stack.append((name, _entity(name, attributes, length), at))
        position = found.end()
    if stack:
        name, _, at = stack[-1]
        raise _cannot_parse(f'Can\'t find end tag corresponding to start tag "{name}"')
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return "".join(visible), entities


def _cannot_parse(why: str) -> Exception:
    return bad_request(f"can't parse entities: {why}")


def formatted(params: JSON, name: str) -> tuple[str, list[JSON]]:
    """The visible text of parameter `name` ("text" or "caption"), trimmed as Telegram trims it, and entities."""
    text = text_of(params, name)
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise bad_request("strings must be encoded in UTF-8") from exc
    mode = text_of(params, "parse_mode").lower()
    if mode == "html":
        text, entities = parse_html(text)
    elif mode:
        raise bad_request("unsupported parse_mode")
    else:
        given = json_of(
            params, "entities" if name == "text" else "caption_entities", refusal="can't parse entities"
        )
        entities = given if isinstance(given, list) else command_entities(text)
    trimmed = text.strip()
    if len(trimmed) != len(text) and entities:
        left = utf16_length(text[: len(text) - len(text.lstrip())])
        whole = utf16_length(trimmed)
        moved = []
        for entity in entities:
            start = max(0, entity["offset"] - left)
            end = min(whole, entity["offset"] + entity["length"] - left)
            if end > start:
                moved.append(entity | {"offset": start, "length": end - start})
        entities = moved
    return trimmed, entities


def read_text(params: JSON) -> JSON:
    """`text` and `entities` of a message, refused when empty or too long."""
    text, entities = formatted(params, "text")
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return {"text": text, "entities": entities} if entities else {"text": text}


def read_caption(params: JSON) -> JSON:
    text, entities = formatted(params, "caption")
    if not text:
        return {}
    if utf16_length(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return {"caption": text, "caption_entities": entities} if entities else {"caption": text}


def read_keyboard(params: JSON) -> JSON | None:
    """`reply_markup`, checked; None when it was not given."""
    markup = json_of(params, "reply_markup", refusal="can't parse reply keyboard markup JSON object")
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    for row in markup.get("inline_keyboard", []):
        for button in row:
            _check_inline_button(button)
    for row in markup.get("keyboard", []):
        for button in row:
            if not (button if isinstance(button, str) else button.get("text")):
                raise bad_request("keyboard button text is empty")
    return markup


def _check_inline_button(button: Any) -> None:
    if not button.get("text"):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be non-empty')
    actions = {"url", "callback_data", "web_app", "login_url", "copy_text", "pay"} | {
        name for name in button if name.startswith("switch_inline_query")
    }
    if not actions & button.keys():
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    data = button.get("callback_data")
    if data is not None and not 1 <= len(data.encode()) <= MAX_CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
