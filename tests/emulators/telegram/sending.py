"""The methods that put something into a chat."""

from __future__ import annotations

from typing import Any

from tests.emulators.telegram.chats import Chat
from tests.emulators.telegram.markup import read_caption, read_keyboard, read_text
from tests.emulators.telegram.media import KINDS, file_of, media_content
from tests.emulators.telegram.parameters import JSON, bool_of, int_of, json_of, text_of
from tests.emulators.telegram.refusals import bad_request
from tests.emulators.telegram.world import World


def open_chat(world: World, params: JSON) -> Chat:
    """The chat to send to; refused when its people shut the bot out."""
    chat = world.chat(params.get("chat_id"))
    if chat.refusal is not None:
        raise chat.refusal
    return chat


def deliver(world: World, params: JSON, content: JSON) -> JSON:
    keyboard = read_keyboard(params) if "reply_markup" in params else None
    chat = open_chat(world, params)
    if "message_thread_id" in params:
        content |= _thread(chat, int_of(params, "message_thread_id"))
    if "reply_parameters" in params or "reply_to_message_id" in params:
        content |= _reply(world, chat, params)
    if bool_of(params, "protect_content"):
        content["has_protected_content"] = True
    return world.deliver(chat, content, keyboard)


def _thread(chat: Chat, thread_id: int) -> JSON:
    if chat.topics is None or thread_id not in chat.topics:
        raise bad_request("message thread not found")
    if not chat.topics[thread_id]:
        raise bad_request("TOPIC_CLOSED")
    return {"message_thread_id": thread_id, "is_topic_message": True}


def _reply(world: World, chat: Chat, params: JSON) -> JSON:
    reply = json_of(params, "reply_parameters", refusal="can't parse reply parameters JSON object")
    if reply is None:
        reply = {
            "message_id": int_of(params, "reply_to_message_id"),
            "allow_sending_without_reply": bool_of(params, "allow_sending_without_reply"),
        }
    where = world.chat(reply["chat_id"]) if "chat_id" in reply else chat
    target = where.messages.get(int(reply.get("message_id", 0)))
    if target is None:
        if reply.get("allow_sending_without_reply"):
            return {}
        raise bad_request("message to be replied not found")
    return {"reply_to_message": {key: value for key, value in target.items() if key != "reply_to_message"}}


def send_message(world: World, params: JSON) -> JSON:
    return deliver(world, params, read_text(params))


def send_file(kind: str, world: World, params: JSON) -> JSON:
    content = read_caption(params)
    open_chat(world, params)
    return deliver(
        world, params, media_content(file_of(world, params.get(kind), params, kind), kind) | content
    )


def send_media_group(world: World, params: JSON) -> list[JSON]:
    items = json_of(params, "media", refusal="can't parse media JSON object")
    if not isinstance(items, list):
        raise bad_request("parameter media is required")
    if not 2 <= len(items) <= 10:
        raise bad_request("media group must include 2-10 items")
    kinds = {item.get("type") for item in items}
    if not kinds <= {"photo", "video", "document", "audio"} or (
        len(kinds) > 1 and kinds & {"document", "audio"}
    ):
        raise bad_request("documents and audio can't be mixed with other media types")
    if "reply_markup" in params:
        raise bad_request("reply markup is not allowed in an album")
    open_chat(world, params)
    contents = [
        read_caption(item)
        | media_content(file_of(world, item.get("media"), params, item["type"]), item["type"])
        for item in items
    ]
    group = {"media_group_id": str(world.next_number("album", first=13_900_000_001))}
    return [deliver(world, params, content | group) for content in contents]


def send_location(world: World, params: JSON) -> JSON:
    place = {name: float(params.get(name, 0)) for name in ("latitude", "longitude")}
    return deliver(world, params, {"location": place})


def send_contact(world: World, params: JSON) -> JSON:
    contact = {name: text_of(params, name) for name in ("phone_number", "first_name")}
    if not all(contact.values()):
        raise bad_request("phone number and first name must be non-empty")
    return deliver(world, params, {"contact": contact})


def send_chat_action(world: World, params: JSON) -> bool:
    open_chat(world, params)
    if not text_of(params, "action"):
        raise bad_request("wrong parameter action in request")
    return True


def copy_message(world: World, params: JSON) -> JSON:
    return {"message_id": _again(world, params, int_of(params, "message_id"), forward=False)["message_id"]}


def forward_message(world: World, params: JSON) -> JSON:
    return _again(world, params, int_of(params, "message_id"), forward=True)


def copy_messages(world: World, params: JSON) -> list[JSON]:
    return [
        {"message_id": _again(world, params, n, forward=False)["message_id"]} for n in message_ids(params)
    ]


def forward_messages(world: World, params: JSON) -> list[JSON]:
    return [{"message_id": _again(world, params, n, forward=True)["message_id"]} for n in message_ids(params)]


def message_ids(params: JSON) -> list[int]:
    ids: Any = json_of(params, "message_ids", refusal="can't parse message identifiers JSON object")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 100:
        raise bad_request("there must be 1-100 message identifiers")
    return [int(i) for i in ids]


def _again(world: World, params: JSON, message_id: int, *, forward: bool) -> JSON:
    source = world.chat(params.get("from_chat_id")).messages.get(message_id)
    if source is None:
        raise bad_request(f"message to {'forward' if forward else 'copy'} not found")
    if source.get("has_protected_content"):
        raise bad_request("message can't be forwarded" if forward else "message can't be copied")
    kept = ("text", "entities", "caption", "caption_entities", "location", "contact", *KINDS)
    content = {name: source[name] for name in kept if name in source}
    if forward:
        content["forward_origin"] = {"type": "user", "date": source["date"], "sender_user": source["from"]}
    elif "caption" in params:
        content = {name: content[name] for name in content if not name.startswith("caption")}
        content |= read_caption(params)
    return deliver(world, params, content)
