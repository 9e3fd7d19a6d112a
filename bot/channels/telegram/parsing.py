"""Reads Telegram's updates as plain JSON. Whatever the JSON is, nothing here raises.

Only private chats mean something to us: in a group everybody would read what was meant for one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot import text
from bot.channels.contract import FileKind, Ignored, Incoming, IncomingKind, RemoteFile
from bot.channels.telegram.outgoing import VALUE_ENDS

JSON = Mapping[str, Any]

# What a message may carry instead of words, and what we call it. An animation also carries a document, a venue also a
# location, a live photo also a photo, so these stand first.
MEDIA: Sequence[tuple[str, str]] = (
    ("animation", "animation"),
    ("live_photo", "photo"),
    ("venue", "location"),
    ("location", "location"),
    ("photo", "photo"),
    ("voice", "voice"),
    ("video", "video"),
    ("video_note", "video"),
    ("audio", "audio"),
    ("document", "file"),
    ("sticker", "sticker"),
    ("contact", "contact"),
    ("poll", "poll"),
    ("dice", "dice"),
    ("game", "game"),
    ("story", "story"),
    ("checklist", "checklist"),
    ("paid_media", "paid_media"),
)

# Of these we fetch the file. A sticker, a place or a poll is none.
FILES: Mapping[str, FileKind] = {
    "animation": FileKind.GIF,
    "photo": FileKind.IMAGE,
    "voice": FileKind.VOICE,
    "audio": FileKind.VOICE,
    "video": FileKind.VIDEO,
    "video_note": FileKind.VIDEO,
    "document": FileKind.FILE,
}

# Messages that the app writes by itself. Any other message without words is something a person sent and gets an answer,
# though Telegram may have invented it since.
SERVICE = frozenset(
    {
        "boost_added", "channel_chat_created", "chat_background_set", "chat_owner_changed", "chat_owner_left", "chat_shared",
        "checklist_tasks_added", "checklist_tasks_done", "connected_website", "delete_chat_photo",
        "direct_message_price_changed", "forum_topic_closed", "forum_topic_created", "forum_topic_edited",
        "forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden", "gift", "gift_upgrade_sent",
        "giveaway", "giveaway_completed", "giveaway_created", "giveaway_winners", "group_chat_created", "invoice",
        "left_chat_member", "managed_bot_created", "message_auto_delete_timer_changed", "migrate_from_chat_id",
        "migrate_to_chat_id", "new_chat_members", "new_chat_photo", "new_chat_title", "paid_message_price_changed",
        "passport_data", "pinned_message", "poll_option_added", "poll_option_deleted", "proximity_alert_triggered",
        "refunded_payment", "successful_payment", "suggested_post_approval_failed", "suggested_post_approved",
        "suggested_post_declined", "suggested_post_paid", "suggested_post_refunded", "supergroup_chat_created",
        "unique_gift", "users_shared", "video_chat_ended", "video_chat_participants_invited", "video_chat_scheduled",
        "video_chat_started", "web_app_data", "write_access_allowed",
    }
)  # fmt: skip

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+|$)")
_KIND = re.compile(r"[a-z_]{1,40}")
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:-|$)")
_LARGEST_ID = 2**63


def parse(payload: JSON) -> Incoming | Ignored:
    """Understand one update."""
    for kind, read in _READERS.items():
        if kind in payload:
            content = payload[kind]
            return read(content) if isinstance(content, Mapping) else Ignored("malformed")
    others = [key for key in payload if key != "update_id"]
    is_update = "update_id" in payload and others and _KIND.fullmatch(str(others[0]))
    return Ignored(str(others[0]) if is_update else "malformed")


def lane_of(payload: JSON) -> str:
    """The chat that an update belongs to, "-" for none: updates of one chat are handled in order."""
    for content in payload.values():
        if isinstance(content, Mapping):
            for place in (content.get("chat"), _object(content, "message").get("chat"), content.get("from")):
                if chat_id := _id(place):
                    return chat_id
    return "-"


def _message(message: JSON) -> Incoming | Ignored:
    if ignored := _not_for_us(_object(message, "chat"), message.get("from")):
        return ignored
    said = message.get("text")
    if isinstance(said, str):
        kind, words = _words(said)
        return _incoming(message, kind, words)
    if own_number := _own_number(message):
        return _incoming(message, IncomingKind.PHONE, own_number)
    if SERVICE & message.keys():
        return Ignored("service")
    media = next((name for key, name in MEDIA if key in message), "other")
    return _incoming(
        message, IncomingKind.MEDIA, _text(message, "caption"), media=media, files=_files(message)
    )


def _edited_message(message: JSON) -> Incoming | Ignored:
    if ignored := _not_for_us(_object(message, "chat"), message.get("from")):
        return ignored
    words = _text(message, "text") or _text(message, "caption")
    if not words:
        return Ignored("edited_without_words")  # A shared place that moves, for example.
    media = next((name for key, name in MEDIA if key in message), "")
    return _incoming(message, IncomingKind.EDITED, words, media=media)


def _callback_query(query: JSON) -> Incoming | Ignored:
    sender = query.get("from")
    message = _object(query, "message")
    # The message may be too old to be shown again; its chat always comes with it.
    if ignored := _not_for_us(_object(message, "chat"), sender):
        return ignored
    value = _text(query, "data")
    if not value:
        return Ignored("callback_without_data")
    return Incoming(
        address=_id(message.get("chat")),
        kind=IncomingKind.CHOICE,
        text=value,
        reply_to=_number(message.get("message_id")),
        language=_language(sender),
    )


def _my_chat_member(change: JSON) -> Incoming | Ignored:
    sender = change.get("from")
    if ignored := _not_for_us(_object(change, "chat"), sender):
        return ignored
    # In a private chat this comes when she blocks the bot and when she lets it in again, never else (telegram.md 3.10).
    match _object(change, "new_chat_member").get("status"):
        case "kicked":
            kind = IncomingKind.LEFT
        case "member":
            kind = IncomingKind.CAME_BACK
        case _:
            return Ignored("membership")
    return Incoming(address=_id(change.get("chat")), kind=kind, language=_language(sender))


_READERS: Mapping[str, Callable[[JSON], Incoming | Ignored]] = {
    "message": _message,
    "edited_message": _edited_message,
    "callback_query": _callback_query,
    "my_chat_member": _my_chat_member,
}

KINDS: Sequence[str] = tuple(_READERS)
"""The kinds of updates to ask Telegram for: those that are understood here."""


def _not_for_us(chat: JSON, sender: object) -> Ignored | None:
    match chat.get("type"):
        case "private":
            pass
        case "group" | "supergroup":
            return Ignored("group")
        case "channel":
            return Ignored("channel")
        case _:
            return Ignored("malformed")
    if not isinstance(sender, Mapping) or not _id(chat):
        return Ignored("malformed")
    return Ignored("bot") if sender.get("is_bot") is True else None


def _incoming(
    message: JSON, kind: IncomingKind, words: str, *, media: str = "", files: tuple[RemoteFile, ...] = ()
) -> Incoming:
    return Incoming(
        address=_id(message.get("chat")),
        kind=kind,
        text=words,
        message_id=_number(message.get("message_id")),
        reply_to=_ours(message.get("reply_to_message")),
        album=_text(message, "media_group_id"),
        media=media,
        files=files,
        language=_language(message.get("from")),
    )


def _files(message: JSON) -> tuple[RemoteFile, ...]:
    for key, kind in FILES.items():
        content = message.get(key)
        if isinstance(content, Sequence) and not isinstance(content, str) and content:
            content = content[-1]  # A photo comes in several sizes, the largest last.
        if isinstance(content, Mapping) and (file_id := _text(content, "file_id")):
            # Phones send pictures as documents when told to send the original.
            is_picture = key == "document" and _text(content, "mime_type").startswith("image/")
            return (RemoteFile(FileKind.IMAGE if is_picture else kind, file_id, _text(content, "file_name")),)
    return ()


def _words(said: str) -> tuple[IncomingKind, str]:
    value, is_button, _ = said.partition(VALUE_ENDS)
    if is_button:
        return IncomingKind.CHOICE, text.clean(value)
    words = text.clean(said)
    command = _COMMAND.match(words)
    if command is None:
        return IncomingKind.TEXT, words
    name, rest = command[1].lower(), words[command.end() :]
    if name == "start":
        return IncomingKind.START, rest
    return IncomingKind.TEXT, f"{name} {rest}".strip()


def _own_number(message: JSON) -> str:
    """The number on a contact card that is her own; anybody can send anybody's card (telegram.md 2.12)."""
    contact = _object(message, "contact")
    if not (owner := _number(contact.get("user_id"))) or owner != _id(message.get("from")):
        return ""
    number = _text(contact, "phone_number")
    # Telegram gives its own numbers in full but mostly without the plus; a card from her book may say "0912...".
    return number if number.startswith(("+", "0")) or not number else f"+{number}"


def _ours(message: object) -> str:
    """The id of the message she replied to, if a bot wrote it: in a private chat that is us."""
    if not isinstance(message, Mapping) or _object(message, "from").get("is_bot") is not True:
        return ""
    return _number(message.get("message_id"))


def _language(sender: object) -> str:
    code = sender.get("language_code") if isinstance(sender, Mapping) else None
    found = _LANGUAGE.match(code) if isinstance(code, str) else None
    return found[1].lower() if found else ""


def _object(parent: JSON, key: str) -> JSON:
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(parent: JSON, key: str) -> str:
    value = parent.get(key)
    return text.clean(value) if isinstance(value, str) else ""


def _id(whose: object) -> str:
    return _number(whose.get("id")) if isinstance(whose, Mapping) else ""


def _number(value: object) -> str:
    """An id as text; "" for what is none. Ids are beyond 2**53 already and stay exact as integers."""
    if type(value) is int and -_LARGEST_ID < value < _LARGEST_ID and value != 0:
        return str(value)
    return ""
