"""The methods that change what stands in a chat: edits, deletions, answers to presses, forum topics."""

from __future__ import annotations

import time

from tests.emulators.telegram.chats import Chat
from tests.emulators.telegram.markup import read_caption, read_keyboard, read_text
from tests.emulators.telegram.parameters import JSON, int_of, text_of
from tests.emulators.telegram.refusals import bad_request
from tests.emulators.telegram.sending import message_ids, open_chat
from tests.emulators.telegram.world import World

DELETABLE_FOR_S = 48 * 3600
MAX_CALLBACK_ANSWER = 200


def edit_text(world: World, params: JSON) -> JSON:
    return _edit(world, params, read_text(params), ("text", "entities"))


def edit_caption(world: World, params: JSON) -> JSON:
    return _edit(world, params, read_caption(params), ("caption", "caption_entities"))


def edit_keyboard(world: World, params: JSON) -> JSON:
    return _edit(world, params, {}, ())


def _edit(world: World, params: JSON, content: JSON, replaced: tuple[str, ...]) -> JSON:
    keyboard = read_keyboard(params)
    chat = open_chat(world, params)
    message = _own_message(world, chat, int_of(params, "message_id"), "edit")
    new = {
        name: value for name, value in message.items() if name not in {*replaced, "reply_markup", "edit_date"}
    }
    new |= content
    if keyboard is not None:
        new["reply_markup"] = keyboard
    if new == {name: value for name, value in message.items() if name != "edit_date"}:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    # In place, because the phone shows this very message.
    message.clear()
    message.update(new, edit_date=int(time.time()))
    chat.changed(message["message_id"], keyboard=keyboard)
    return message


def _own_message(world: World, chat: Chat, message_id: int, act: str) -> JSON:
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request(f"message to {act} not found")
    if message["from"] is not world.bot:
        raise bad_request(f"message can't be {act}ed")
    return message


def delete_message(world: World, params: JSON) -> bool:
    chat = open_chat(world, params)
    message_id = int_of(params, "message_id")
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request("message to delete not found")
    if message["date"] < time.time() - DELETABLE_FOR_S:
        raise bad_request("message can't be deleted for everyone")
    del chat.messages[message_id]
    chat.changed(message_id, is_deleted=True)
    return True


def delete_messages(world: World, params: JSON) -> bool:
    for message_id in message_ids(params):
        # Ids that are not there are passed over, as the Bot API promises.
        if message_id in world.chat(params.get("chat_id")).messages:
            delete_message(world, params | {"message_id": message_id})
    return True


def answer_press(world: World, params: JSON) -> bool:
    press = world.presses.get(text_of(params, "callback_query_id"))
    if press is None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if len(text_of(params, "text")) > MAX_CALLBACK_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    press.take_answer(params)
    return True


def create_topic(world: World, params: JSON) -> JSON:
    topics = _topics(world, params)
    name = text_of(params, "name")
    if not 1 <= len(name) <= 128:
        raise bad_request("TOPIC_TITLE_EMPTY" if not name else "TOPIC_TITLE_TOO_LONG")
    thread_id = world.next_number("message")
    topics[thread_id] = True
    return {"message_thread_id": thread_id, "name": name, "icon_color": 7322096}


def set_topic_open(is_open: bool, world: World, params: JSON) -> bool:
    topics, thread_id = _topics(world, params), _known_thread(world, params)
    if topics[thread_id] is is_open:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topics[thread_id] = is_open
    return True


def edit_topic(world: World, params: JSON) -> bool:
    _known_thread(world, params)
    return True


def delete_topic(world: World, params: JSON) -> bool:
    del _topics(world, params)[_known_thread(world, params)]
    return True


def _topics(world: World, params: JSON) -> dict[int, bool]:
    topics = open_chat(world, params).topics
    if topics is None:
        raise bad_request("the chat is not a forum")
    return topics


def _known_thread(world: World, params: JSON) -> int:
    thread_id = int_of(params, "message_thread_id")
    if thread_id not in _topics(world, params):
        raise bad_request("message thread not found")
    return thread_id
