"""The state behind the fake Bot API: one bot, the chats it knows, messages, files, presses and updates."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.news import News
from tests.emulators.telegram.chats import Chat
from tests.emulators.telegram.parameters import JSON, Upload
from tests.emulators.telegram.refusals import bad_request
from tests.emulators.telegram.updates import Updates
from tests.emulators.telegram.webhook import Patience


@dataclass(frozen=True, slots=True)
class StoredFile:
    file_id: str
    content: bytes
    path: str
    content_type: str
    name: str

    def facts(self) -> JSON:
        return {
            "file_id": self.file_id,
            "file_unique_id": f"U{self.file_id}",
            "file_size": len(self.content),
        }


@dataclass(slots=True)
class Press:
    """One press of an inline button, until the bot answers it."""

    query_id: str
    is_answered: bool = False
    answer: JSON = field(default_factory=dict)
    _news: News = field(default_factory=News)

    def take_answer(self, answer: JSON) -> None:
        self.is_answered, self.answer = True, answer
        self._news.tell()

    async def answered(self, timeout: float = 20.0) -> JSON:
        """The parameters of the bot's answerCallbackQuery."""
        if not await self._news.until(lambda: self.is_answered, timeout):
            raise TimeoutError("the press was not answered")
        return self.answer


class World:
    """`any_chat`: a chat nobody made is made when the bot first writes to it (for load tests)."""

    def __init__(
        self,
        *,
        username: str,
        any_chat: bool,
        clock: Callable[[], float],
        carry_out: Callable[[JSON], Awaitable[None]],
    ) -> None:
        self.any_chat = any_chat
        self.clock = clock
        self.carry_out = carry_out
        self.updates = Updates()
        self.patience = Patience()
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.presses: dict[str, Press] = {}
        self.commands: dict[tuple[str, str], list[JSON]] = {}
        self.bot: JSON = {
            "id": 7000000001,
            "is_bot": True,
            "first_name": "Chị Hội",
            "username": username,
        }
        self._numbers: dict[str, int] = {}

    def next_number(self, kind: str, first: int = 1) -> int:
        number = self._numbers.get(kind, first)
        self._numbers[kind] = number + 1
        return number

    def chat(self, chat_id: Any) -> Chat:
        """The chat a call names; 400 when the bot never met it."""
        if chat_id in {None, ""}:
            raise bad_request("chat_id is empty")
        try:
            number = int(chat_id)
        except (TypeError, ValueError):
            raise bad_request("chat not found") from None
        chat = self.chats.get(number)
        if chat is None:
            if not self.any_chat or number <= 0:
                raise bad_request("chat not found")
            chat = self.chats[number] = Chat({"id": number, "type": "private", "first_name": f"Chị {number}"})
        return chat

    def new_message(self, chat: Chat, sender: JSON, content: JSON) -> JSON:
        message = {
            "message_id": self.next_number("message"),
            "from": sender,
            "chat": chat.description,
            "date": int(time.time()),
            **content,
        }
        chat.messages[message["message_id"]] = message
        return message

    def deliver(self, chat: Chat, content: JSON, keyboard: JSON | None = None) -> JSON:
        """A message of the bot, on the phone from now on. Only inline keyboards are part of the message."""
        if keyboard is not None and "inline_keyboard" in keyboard:
            content = content | {"reply_markup": keyboard}
        message = self.new_message(chat, self.bot, content)
        chat.ring(message, keyboard, self.clock())
        return message

    def keep_file(self, upload: Upload, folder: str) -> StoredFile:
        number = self.next_number("file")
        suffix = f".{upload.name.rsplit('.', 1)[-1]}" if "." in upload.name else ""
        stored = StoredFile(
            file_id=f"AgACAgUAAx{number:010d}",
            content=upload.content,
            path=f"{folder}/file_{number}{suffix}",
            content_type=upload.content_type,
            name=upload.name,
        )
        self.files[stored.file_id] = stored
        return stored
