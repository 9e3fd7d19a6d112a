"""Simulated people: what a test lets them do in Telegram becomes the updates the bot gets."""

from __future__ import annotations

import time

from tests.emulators.telegram.chats import Button, Chat, Received
from tests.emulators.telegram.markup import command_entities
from tests.emulators.telegram.media import media_content
from tests.emulators.telegram.parameters import JSON, Upload
from tests.emulators.telegram.refusals import bad_request, forbidden
from tests.emulators.telegram.world import Press, World

PICTURE = b"\xff\xd8\xff\xe0 a made-up picture \xff\xd9"


class Group(Chat):
    """A group with the bot in it; `topics` when it is a forum. People speak in it with `user.says(..., chat=group)`."""

    def __init__(self, world: World, description: JSON, *, is_forum: bool) -> None:
        super().__init__(description)
        self.world = world
        self.topics = {} if is_forum else None

    async def kicks_bot(self, by: User) -> None:
        self.refusal = forbidden(f"bot was kicked from the {self.description['type']} chat")
        by.send_membership(self, "member", "kicked")

    async def upgrades(self, new_id: int, by: User) -> Group:
        """The group becomes a supergroup with a new id; sends to the old id are refused from now on."""
        new = Group(
            self.world,
            self.description | {"id": new_id, "type": "supergroup"},
            is_forum=self.topics is not None,
        )
        self.world.chats[new_id] = new
        self.refusal = bad_request(
            "group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": new_id}
        )
        by.send({"migrate_to_chat_id": new_id}, chat=self)
        return new


class User(Chat):
    """Somebody with a phone, and the private chat with the bot.

    Every verb returns once its update stands in the bot's queue, not once it was handled. Verbs that write
    return the message_id. Whoever blocked the bot unblocks it by what she does next, as in the app.
    """

    def __init__(self, world: World, account: JSON, *, phone_number: str) -> None:
        named = ("id", "first_name", "last_name", "username")
        super().__init__({"type": "private"} | {key: account[key] for key in named if key in account})
        self.world = world
        self.account = account
        self.phone_number = phone_number
        self.is_blocking = False
        self.last_update_id: int | None = None

    @property
    def user_id(self) -> int:
        return self.chat_id

    # Writing

    async def says(
        self,
        text: str,
        *,
        reply_to: int | Received | None = None,
        chat: Group | None = None,
        thread: int | None = None,
    ) -> int:
        content: JSON = {"text": text}
        if entities := command_entities(text):
            content["entities"] = entities
        return self.send(content, chat=chat, reply_to=reply_to, thread=thread)

    async def starts(self, payload: str = "") -> int:
        """Presses Start, or follows the deep link `https://t.me/<bot>?start=<payload>`."""
        return await self.says(f"/start {payload}".strip())

    async def edits(self, message_id: int, text: str, *, chat: Group | None = None) -> None:
        where = chat or self
        message = where.messages[message_id] = where.messages[message_id] | {
            "text": text,
            "edit_date": int(time.time()),
        }
        self.put("edited_message", message, where)

    async def sends(
        self,
        kind: str,
        content: bytes = PICTURE,
        *,
        name: str = "tep.bin",
        content_type: str = "application/octet-stream",
        caption: str = "",
        reply_to: int | Received | None = None,
        chat: Group | None = None,
    ) -> int:
        """A file of any kind: photo, document, video, audio, voice, animation, sticker, video_note."""
        return self.send(self._file(kind, content, name, content_type, caption), chat=chat, reply_to=reply_to)

    async def sends_photo(
        self, content: bytes = PICTURE, *, caption: str = "", reply_to: int | Received | None = None
    ) -> int:
        return await self.sends(
            "photo", content, name="anh.jpg", content_type="image/jpeg", caption=caption, reply_to=reply_to
        )

    async def sends_album(self, *contents: bytes, caption: str = "") -> list[int]:
        """Several photos that share one media_group_id, the caption on the first; no end marker follows."""
        group_id = str(self.world.next_number("album", first=13_900_000_001))
        return [
            self.send(
                self._file("photo", content, "anh.jpg", "image/jpeg", caption if i == 0 else "")
                | {"media_group_id": group_id}
            )
            for i, content in enumerate(contents)
        ]

    async def sends_location(self, latitude: float, longitude: float) -> int:
        return self.send({"location": {"latitude": latitude, "longitude": longitude}})

    async def shares_contact(self, phone: str | None = None, *, own: bool = True) -> int:
        """Her own number by the keyboard's button, or (`own` False) a card of somebody else from her address book."""
        contact = {"phone_number": phone or self.phone_number, "first_name": self.account["first_name"]}
        if own:
            contact["user_id"] = self.account["id"]
        else:
            contact["first_name"] = "Người quen"
        return self.send({"contact": contact})

    # Pressing

    async def presses(self, button: Button | str) -> Press | None:
        """Presses a button, given itself or by its text (the newest so named).

        An inline button makes a callback query: the Press tells how the bot answered it. A button of the reply
        keyboard writes its text, or shares what it asks for, and gives None.
        """
        if isinstance(button, str):
            button = self._button_named(button)
        if not button.is_inline:
            if button.asks == "contact":
                await self.shares_contact()
            elif button.asks == "location":
                await self.sends_location(21.0285, 105.8542)
            else:
                await self.says(button.text)
            return None
        if button.data is None:
            return None  # A link opens in the browser; the bot hears nothing.
        return self.presses_data(button.data, button.message_id)

    def presses_data(self, data: str, message_id: int) -> Press:
        """A callback query with any data, also such as no keyboard offers (a forged press)."""
        query_id = str(self.world.next_number("query", first=4_000_000_000_000_000_001))
        press = self.world.presses[query_id] = Press(query_id)
        message = self.messages.get(message_id)
        if message is None:
            message = {"message_id": message_id, "chat": self.description, "date": 0}  # inaccessible by now
        query = {
            "id": query_id,
            "from": self.account,
            "message": message,
            "chat_instance": str(-5_000_000_000_000_000_000 + self.chat_id),
            "data": data,
        }
        self.put("callback_query", query, self)
        return press

    # Blocking

    async def blocks(self) -> None:
        if not self.is_blocking:
            self.is_blocking = True
            self.refusal = forbidden("bot was blocked by the user")
            self.send_membership(self, "member", "kicked")

    async def unblocks(self) -> None:
        if self.is_blocking:
            self.is_blocking = False
            self.refusal = None
            self.send_membership(self, "kicked", "member")

    async def deactivates(self) -> None:
        """The account is gone; Telegram tells the bot nothing until it sends."""
        self.refusal = forbidden("user is deactivated")

    # How a deed becomes an update

    def send(
        self,
        content: JSON,
        *,
        chat: Chat | None = None,
        reply_to: int | Received | None = None,
        thread: int | None = None,
    ) -> int:
        """A message with any content, for kinds that have no verb here."""
        where = chat or self
        if where is self and self.refusal is not None:
            self.refusal = None
            if self.is_blocking:
                self.is_blocking = False
                self.send_membership(self, "kicked", "member")
        if reply_to is not None:
            target = where.messages[reply_to.message_id if isinstance(reply_to, Received) else reply_to]
            content = content | {
                "reply_to_message": {key: value for key, value in target.items() if key != "reply_to_message"}
            }
        if thread is not None:
            content = content | {"message_thread_id": thread, "is_topic_message": True}
        message = self.world.new_message(where, self.account, content)
        self.put("message", message, where)
        return int(message["message_id"])

    def send_membership(self, chat: Chat, old: str, new: str) -> None:
        def status(name: str) -> JSON:
            return {"user": self.world.bot, "status": name} | ({"until_date": 0} if name == "kicked" else {})

        change = {
            "chat": chat.description,
            "from": self.account,
            "date": int(time.time()),
            "old_chat_member": status(old),
            "new_chat_member": status(new),
        }
        self.put("my_chat_member", change, chat)

    def put(self, kind: str, body: JSON, chat: Chat) -> None:
        self.last_update_id = self.world.updates.add(kind, body, chat.chat_id)

    def _file(self, kind: str, content: bytes, name: str, content_type: str, caption: str) -> JSON:
        stored = self.world.keep_file(Upload(name, content, content_type), f"{kind}s")
        return media_content(stored, kind) | ({"caption": caption} if caption else {})

    def _button_named(self, text: str) -> Button:
        for received in reversed(self.received):
            for button in received.buttons:
                if button.text == text and not received.is_deleted:
                    return button
        shown = [button.text for received in self.received for button in received.buttons]
        raise LookupError(f"no button {text!r}; shown: {shown}")
