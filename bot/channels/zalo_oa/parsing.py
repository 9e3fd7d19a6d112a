"""Understands Zalo's events (zalo-oa.md 2.3, 2026-11), as `updates` has them kept. Whatever the JSON is, nothing here raises.

Only what concerns one person's own chat means something to us: what is said in a group everybody there reads, and an
anonymous visitor of a widget cannot be found again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot import text
from bot.channels.contract import FileKind, Ignored, Incoming, IncomingKind, RemoteFile
from bot.channels.zalo_oa.updates import CAME_MS, UPDATE, id_of, milliseconds, name_of, object_of, person_of

JSON = Mapping[str, Any]

# `user_send_...` and `oa_send_...`: what the message carries instead of words, and what we call it. A button's payload
# comes as an ordinary text. What Zalo may invent yet is something that a person sent as well, and gets an answer.
MEDIA: Mapping[str, str] = {
    "image": "photo",
    "gif": "gif",
    "audio": "voice",
    "video": "video",
    "sticker": "sticker",
    "link": "link",
    "location": "location",
    "business_card": "contact",
    "file": "file",
}
_OTHER_MEDIA = "other"

_FILES: Mapping[str, FileKind] = {
    "image": FileKind.IMAGE,
    "gif": FileKind.GIF,
    "audio": FileKind.VOICE,
    "video": FileKind.VIDEO,
    "file": FileKind.FILE,
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SENT = re.compile(r"(user|oa)_send_(?!group_|anonymous_|consent$)([a-z_]+)")
_TEMPLATES = re.compile(r"change_template_[a-z_]+")
_MOST_FILES = 20
_LONGEST_ADDRESS = 4000
_LONGEST_NAME = 200
_LONGEST_SIGN = 20

_Read = Incoming | Ignored


def read(kept: JSON, *, mirrors_tags: bool = False) -> Incoming | Ignored:
    """Understand one update. `mirrors_tags`: whether the marks that officers put on people in Zalo concern us."""
    event = kept.get(UPDATE)
    if not isinstance(event, Mapping):
        return Ignored("malformed")
    name = name_of(event)
    if not _NAME.fullmatch(name):
        return Ignored("malformed")
    understood = _understood(event, name, mirrors_tags=mirrors_tags)
    # The windows in which we may answer count from when she wrote, however late we are told.
    return replace(understood, at=_moment(event, kept)) if isinstance(understood, Incoming) else understood


def _understood(event: JSON, name: str, *, mirrors_tags: bool) -> Incoming | Ignored:
    if sent := _SENT.fullmatch(name):
        return _sent_by_her(event, sent[2]) if sent[1] == "user" else _sent_by_us(event, sent[2])
    if name in _TAGGING:
        return _tagging(event, _TAGGING[name]) if mirrors_tags else Ignored(name)
    if name in _DEEDS:
        return _about(event, _DEEDS[name])
    if name in _OTHERS:
        return _OTHERS[name](event)
    if _TEMPLATES.fullmatch(name):
        return Incoming("", IncomingKind.TEMPLATES_CHANGED)
    return Ignored(name)


def _about(event: JSON, kind: IncomingKind, words: str = "", **more: Any) -> _Read:
    address = person_of(event)
    return Incoming(address, kind, words, **more) if address else Ignored("malformed")


# Messages


def _sent_by_her(event: JSON, what: str) -> _Read:
    message = object_of(event, "message")
    words = _words(message)
    known = {
        "message_id": id_of(message.get("msg_id")),
        "reply_to": id_of(message.get("quote_msg_id")),
    }
    if what == "text":
        return _about(event, IncomingKind.TEXT, words, **known) if words else Ignored("empty")
    media, files = MEDIA.get(what, _OTHER_MEDIA), tuple(_files(message))
    return _about(event, IncomingKind.MEDIA, words, media=media, files=files, **known)


def _sent_by_us(event: JSON, what: str) -> _Read:
    """Zalo tells of all that went out. Only what a person wrote in Zalo's own tool bears her id; the rest we sent."""
    if not id_of(object_of(event, "sender").get("admin_id")):
        return Ignored("own")
    message = object_of(event, "message")
    media = "" if what == "text" else MEDIA.get(what, _OTHER_MEDIA)
    return _about(
        event,
        IncomingKind.TAKEN_OVER,
        _words(message),
        message_id=id_of(message.get("msg_id")),
        media=media,
    )


def _words(message: JSON) -> str:
    words = message.get("text")
    return text.clean(words) if isinstance(words, str) else ""


def _files(message: JSON) -> Sequence[RemoteFile]:
    attachments = message.get("attachments")
    found = (
        [_file(attachment) for attachment in attachments[:_MOST_FILES]]
        if isinstance(attachments, list)
        else []
    )
    return [file for file in found if file is not None]


def _file(attachment: object) -> RemoteFile | None:
    if not isinstance(attachment, Mapping):
        return None
    payload, kind = object_of(attachment, "payload"), attachment.get("type")
    address, name = payload.get("url"), payload.get("name")
    if not isinstance(kind, str) or kind not in _FILES or not isinstance(address, str):
        return None
    # Both are seen (zalo-oa.md 2.4). Where the address leads is looked at when it is fetched.
    if not address.lower().startswith(("https://", "http://")) or len(address) > _LONGEST_ADDRESS:
        return None
    if not address.isprintable():
        return None
    named = text.clean(name)[:_LONGEST_NAME] if isinstance(name, str) else ""
    return RemoteFile(_FILES[kind], address, named)


# What else she does, and what Zalo tells of our own messages


def _submitted(event: JSON) -> _Read:
    """She filled in the card that asks for her number; only that is taken from it."""
    phone = id_of(object_of(event, "info").get("phone"))
    return _about(event, IncomingKind.PHONE, text.clean(phone))


def _reacted(event: JSON) -> _Read:
    message = object_of(event, "message")
    icon = message.get("react_icon")
    sign = text.clean(icon)[:_LONGEST_SIGN] if isinstance(icon, str) else ""
    if not sign:
        return Ignored("empty")
    return _about(event, IncomingKind.REACTED, sign, reply_to=id_of(message.get("msg_id")))


def _delivered(event: JSON) -> _Read:
    return _receipt(event, IncomingKind.DELIVERED)


def _seen(event: JSON) -> _Read:
    return _receipt(event, IncomingKind.SEEN)


def _receipt(event: JSON, kind: IncomingKind) -> _Read:
    """The recipient is the person; of a template by phone it may be her number, which says nothing more than the ids do."""
    message = object_of(event, "message")
    listed = message.get("msg_ids")
    ids = [message.get("msg_id"), *(listed if isinstance(listed, list) else ())]
    known = tuple(dict.fromkeys(message_id for given in ids if (message_id := id_of(given))))
    return Incoming(person_of(event), kind, message_ids=known) if known else Ignored("empty")


def _tagging(event: JSON, kind: IncomingKind) -> _Read:
    """An event about several people has been taken apart already; one about nobody is about everybody."""
    tag = object_of(event, "tag")
    name, listed = tag.get("name"), tag.get("user_ids")
    label = text.clean(name) if isinstance(name, str) else ""
    ids = [person_id for given in listed if (person_id := id_of(given))] if isinstance(listed, list) else []
    is_gone = event.get("event_name") == "remove_tag"
    if not label or not (ids or is_gone):
        return Ignored("malformed")
    return Incoming("" if is_gone else ids[0], kind, label)


def _moment(event: JSON, kept: JSON) -> datetime | None:
    """When it happened, not later than it came."""
    known = [
        ms for given in (event.get("timestamp"), kept.get(CAME_MS)) if (ms := milliseconds(given)) is not None
    ]
    try:
        return datetime.fromtimestamp(min(known) / 1000, UTC) if known else None
    except (ValueError, OverflowError, OSError):
        return None


_DEEDS: Mapping[str, IncomingKind] = {
    "user_click_chatnow": IncomingKind.START,
    "user_withdraw": IncomingKind.WITHDRAWN,
    "follow": IncomingKind.FOLLOWED,
    # Not LEFT: whoever does not follow can be answered all the same for two days (zalo-oa.md 3.3).
    "unfollow": IncomingKind.UNFOLLOWED,
}
_TAGGING: Mapping[str, IncomingKind] = {
    "add_user_to_tag": IncomingKind.TAGGED,
    "remove_user_from_tag": IncomingKind.UNTAGGED,
    "remove_tag": IncomingKind.UNTAGGED,
}
_OTHERS: Mapping[str, Callable[[JSON], _Read]] = {
    "user_submit_info": _submitted,
    "user_reacted_message": _reacted,
    "user_received_message": _delivered,
    "user_seen_message": _seen,
}
