"""Our files as a Zalo bot sends them: by a public address from which Zalo fetches them (zalo-bot.md 2.5 and 2.7, 2026-11).

Pictures go with their words below them, voices before theirs. What Zalo has no way for, and what it did not fetch, goes as
an address in the text; where nobody can reach us the text says that something is missing.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from bot.channels.contract import Attachment, FileKind, Outgoing
from bot.channels.file_links import FileLinks
from bot.channels.halves import FirstHalves
from bot.channels.zalo_bot import outgoing
from bot.channels.zalo_bot.errors import Refused
from bot.files import ReadFile, StoredFile
from bot.text import utf16_length

Call = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""One call of a sending method, counted and paced."""

# The contract gives a channel no language to say it in.
OPEN_HERE: Final = "Chị bấm vào đây để mở:"
NOT_CARRIED: Final = "(Em chưa gửi được hình hay tập tin kèm theo qua khung chat này.)"

_FETCHED_WITHIN = timedelta(hours=1)  # Zalo fetches at once; it may be slow.
_OPENED_WITHIN = timedelta(days=7)
_BAD_REQUEST = 400
_PICTURES = frozenset({"image/jpeg", "image/png"})
_VOICES = frozenset({"audio/aac", "audio/mp4"})


class Attachments:
    """Of one bot."""

    def __init__(self, read_file: ReadFile, links: FileLinks) -> None:
        self._read_file = read_file
        self._links = links
        self._halves = FirstHalves()

    async def send(
        self, call: Call, address: str, message: Outgoing, attachment: Attachment, *, key: str
    ) -> Any:
        """Zalo's answer to the last of what was sent. Raises as `call` does."""
        file = await self._read_file(attachment.file_id)
        fetched_from = self._links.address(file, lasts=_FETCHED_WITHIN) if file is not None else ""
        if file is None or not fetched_from:
            return await call("sendMessage", outgoing.parameters(address, _with_line(message, NOT_CARRIED)))
        try:
            if file.media_type in _PICTURES:
                return await call("sendPhoto", outgoing.photo(address, message, fetched_from))
            if file.kind is FileKind.VOICE and file.media_type in _VOICES:
                voice = {"chat_id": address, "voice_url": fetched_from}
                await self._halves.once(key, lambda: call("sendVoice", voice))
                sent = await call("sendMessage", outgoing.parameters(address, message))
                self._halves.done(key)
                return sent
        except Refused as refusal:
            if refusal.number != _BAD_REQUEST:
                raise
        return await self._send_link(call, address, message, file)

    async def _send_link(self, call: Call, address: str, message: Outgoing, file: StoredFile) -> Any:
        line = f"{OPEN_HERE} {self._links.address(file, lasts=_OPENED_WITHIN)}"
        return await call("sendMessage", outgoing.parameters(address, _with_line(message, line)))


def _with_line(message: Outgoing, line: str) -> Outgoing:
    text = f"{message.text}\n\n{line}"
    # The words say everything; what does not fit beside them is left out.
    return Outgoing(text) if utf16_length(text) <= outgoing.TEXT_UNITS else message
