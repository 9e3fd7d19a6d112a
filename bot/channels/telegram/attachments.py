"""Our files as Telegram gets them: uploaded once, then sent again by Telegram's id for them (telegram.md 2.5, 2026-11).

What Telegram does not take as what we call it, such as a voice in another format, goes as a plain file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from telegram import Bot, InputFile
from telegram.error import BadRequest

from bot import text
from bot.channels.contract import Attachment, Blame, FileKind, Outgoing, Retry
from bot.channels.halves import FirstHalves
from bot.channels.telegram import outgoing
from bot.channels.telegram.refusals import send_error
from bot.files import ReadFile, StoredFile

CAPTION_UNITS: Final = 1024  # telegram.md 2.2 (2026-11): after entities are parsed, and we use none.
_MOST_KNOWN = 500


@dataclass(frozen=True, slots=True)
class _Way:
    """The raw call, in a spelling for which the library has no function, and the name of its file."""

    method: str
    field: str
    media_types: frozenset[str]


_DOCUMENT: Final = _Way("SendDocument", "document", frozenset())
_WAYS: Final[Mapping[FileKind, _Way]] = {
    FileKind.IMAGE: _Way("SendPhoto", "photo", frozenset({"image/jpeg", "image/png", "image/webp"})),
    FileKind.GIF: _Way("SendAnimation", "animation", frozenset({"image/gif", "video/mp4"})),
    FileKind.VOICE: _Way("SendVoice", "voice", frozenset({"audio/ogg", "audio/mpeg", "audio/mp4"})),
    FileKind.VIDEO: _Way("SendVideo", "video", frozenset({"video/mp4"})),
}


class Attachments:
    """Of one bot."""

    def __init__(self, bot: Bot, read_file: ReadFile) -> None:
        self._bot = bot
        self._read_file = read_file
        self._known: dict[tuple[str, str], str] = {}  # By content and method: Telegram's id.
        self._halves = FirstHalves()

    async def send(self, address: str, message: Outgoing, attachment: Attachment, *, key: str) -> Any:
        """Telegram's answer to the last of what was sent. Raises TelegramError. Without the file the words go alone."""
        file = await self._read_file(attachment.file_id)
        if file is None:
            return await self._say(address, message)
        # Telegram counts what is left of a caption as it counts a text.
        if text.utf16_length(message.text) <= CAPTION_UNITS:
            sent = await self._upload(file, outgoing.with_caption(address, message))
            return sent if sent is not None else await self._say(address, message)
        await self._halves.once(key, lambda: self._upload(file, {"chat_id": address}))
        sent = await self._say(address, message)
        self._halves.done(key)
        return sent

    async def _say(self, address: str, message: Outgoing) -> Any:
        return await self._bot.do_api_request("SendMessage", api_kwargs=outgoing.parameters(address, message))

    async def _upload(self, file: StoredFile, parameters: Mapping[str, Any]) -> Any:
        """None where Telegram takes this file in no way."""
        way = _WAYS.get(file.kind, _DOCUMENT)
        ways = (way, _DOCUMENT) if file.media_type in way.media_types else (_DOCUMENT,)
        for each in ways:
            try:
                return await self._send(each, file, parameters)
            except BadRequest as refusal:
                error = send_error(refusal)
                if error.retry is not Retry.NEVER or error.blame is not Blame.MESSAGE:
                    raise
                self._known.pop((file.sha256, each.method), None)
        return None

    async def _send(self, way: _Way, file: StoredFile, parameters: Mapping[str, Any]) -> Any:
        known = self._known.get((file.sha256, way.method))
        content = known or InputFile(file.data, filename=file.full_name)
        sent = await self._bot.do_api_request(way.method, api_kwargs={**parameters, way.field: content})
        if known is None and (file_id := _id_of(sent, way.field)):
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[file.sha256, way.method] = file_id
        return sent


def _id_of(sent: Any, field: str) -> str:
    """What Telegram calls the file; a photo comes in several sizes, the largest last."""
    content = sent.get(field) if isinstance(sent, dict) else None
    if isinstance(content, list):
        content = content[-1] if content else None
    file_id = content.get("file_id") if isinstance(content, dict) else None
    return file_id if isinstance(file_id, str) else ""
