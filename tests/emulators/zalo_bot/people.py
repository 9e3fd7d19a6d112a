"""Simulated people and groups: what they do in Zalo becomes the bot's updates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulators.parameters import JSON
from tests.emulators.phone import Bubble, Phone

if TYPE_CHECKING:
    from tests.emulators.zalo_bot.accounts import Bot
    from tests.emulators.zalo_bot.world import World

PICTURE = b"\xff\xd8\xff\xe0 a made-up picture \xff\xd9"


class Group(Phone):
    """A group with the bot in it, which hears only what mentions it or replies to it."""

    chat_type = "GROUP"

    def __init__(self, world: World, bot: Bot, chat_id: str, name: str) -> None:
        super().__init__()
        self.world = world
        self.bot = bot
        self.chat_id = chat_id
        self.name = name
        self.refusal: int | None = None
        self.typing_ms: list[int] = []


class User(Phone):
    """A person and her chat with one bot; her ids are the bot's own.

    Every verb returns once its update is on its way. Verbs that write return the message_id.
    """

    chat_type = "PRIVATE"

    def __init__(self, world: World, bot: Bot, chat_id: str, name: str) -> None:
        super().__init__()
        self.world = world
        self.bot = bot
        self.chat_id = chat_id
        self.name = name
        self.has_written = False
        self.is_extra = False
        self.refusal: int | None = None  # what every send to her is answered
        self.typing_ms: list[int] = []
        self.last_update: JSON | None = None

    @property
    def user_id(self) -> str:
        return self.chat_id

    # Writing

    async def says(
        self, text: str, *, group: Group | None = None, mentions: bool = True, reply_to: str | None = None
    ) -> str:
        """In a group the bot hears it when it is mentioned or replied to."""
        where = group or self
        if group is not None and mentions:
            text = f"@{self.bot.name} {text}"
        return self.sends(
            "text", {"text": text}, group=group, is_heard=mentions or _is_of_bot(where, reply_to)
        )

    async def sends_photo(
        self,
        content: bytes = PICTURE,
        *,
        caption: str = "",
        group: Group | None = None,
        mentions: bool = True,
        url: str = "",
    ) -> str:
        """`url` instead of `content`: an address of the test's own choice. In a group the caption mentions the bot."""
        url = url or self.world.keep_media(content, "image/jpeg", "anh.jpg")
        message = {"message_type": "CHAT_PHOTO", self.bot.photo_field: url}
        if caption:
            message["caption"] = caption
        return self.sends("image", message, group=group, is_heard=mentions and bool(caption), media=url)

    async def sends_sticker(self, sticker: str = "0e078a2fb66a5f34067b") -> str:
        message = {
            "message_type": "CHAT_STICKER",
            "sticker": sticker,
            "url": f"https://zalo-api.zadn.vn/{sticker}.png",
        }
        return self.sends("sticker", message)

    async def sends_voice(self, content: bytes = b"\xff\xf1 made-up voice") -> str:
        url = self.world.keep_media(content, "audio/aac", "tieng.aac")
        return self.sends("voice", {"message_type": "CHAT_VOICE", "voice_url": url}, media=url)

    async def sends_unsupported(self) -> str:
        """A link, a file, anything else, or anything at all by somebody whom the policy protects."""
        return self.sends("unsupported", {})

    async def follows(self) -> None:
        self._put({"event_name": "user.follow", "message": self._message({})})

    async def unfollows(self) -> None:
        self._put({"event_name": "user.unfollow", "message": self._message({})})

    async def blocks(self, code: int = 403) -> None:
        """No code is documented for this; the sources know only what a send is answered."""
        self.refusal = code
        self.world.changed()

    async def unblocks(self) -> None:
        self.refusal = None
        self.world.changed()

    async def repeats_last_update(self) -> None:
        """The same update once more."""
        if self.last_update is None:
            raise LookupError("the user has done nothing yet")
        self.bot.add(self.last_update, self.chat_id)

    def makes(self, update: JSON) -> None:
        """Any update at all, of any shape."""
        self._put(update)

    # How a deed becomes an update

    def sends(
        self, kind: str, content: JSON, *, group: Group | None = None, is_heard: bool = True, media: str = ""
    ) -> str:
        where = group or self
        message = self._message(content, group)
        text = str(content.get("text") or content.get("caption") or f"[{kind}]")
        shown = text if group is None else f"{self.name}: {text}"
        where.bubbles.append(Bubble(shown, message["date"], None, message["message_id"], kind, media))
        self.world.changed()
        if group is None:
            self.refusal = None if self.refusal == 403 else self.refusal
            self.counts_as_user()
        if group is None or is_heard:
            self._put({"event_name": f"message.{kind}.received", "message": message}, where.chat_id)
        return str(message["message_id"])

    def _message(self, content: JSON, group: Group | None = None) -> JSON:
        where = group or self
        return {
            "from": {"id": self.chat_id, "display_name": self.name, "is_bot": False},
            "chat": {"id": where.chat_id, "chat_type": where.chat_type},
            **content,
            "message_id": self.world.hex(),
            "date": self.world.clock.ms(),
        }

    def counts_as_user(self) -> None:
        if self.has_written:
            return
        written = sum(user.has_written for user in self.bot.users.values())
        self.has_written = True
        self.is_extra = written >= self.bot.most_users

    def _put(self, update: JSON, lane: str = "") -> None:
        self.last_update = update
        self.world.changed()
        self.bot.add(update, lane or self.chat_id)


def _is_of_bot(where: Group | User, message_id: str | None) -> bool:
    return message_id is not None and where.message(message_id) is not None
