"""What a message needs to say beside its own words, in the language of whoever gets it."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from bot.channels.contract import FileKind
from bot.languages import DEFAULT, Languages
from bot.store.database import Database
from bot.store.tables import contacts


@dataclass(frozen=True, slots=True)
class Wording:
    """Of one account."""

    database: Database
    languages: Languages
    account_id: int

    async def form(self, address: str) -> tuple[str, str]:
        """Title and line of the form that gives us her number."""
        _ = await self._gettext(address)
        return _("Gửi số điện thoại"), _("Chị bấm vào đây để gửi số điện thoại cho Hội, khỏi phải gõ.")

    async def left_out(self, address: str, kind: FileKind) -> str:
        """That something was meant to come with the message which Zalo does not carry."""
        _ = await self._gettext(address)
        if kind is FileKind.VOICE:
            return _(
                "(Có kèm một đoạn ghi âm mà Zalo không chuyển được. Chị nhắn lại để Hội viết ra cho chị.)"
            )
        return _("(Có kèm một đoạn phim mà Zalo không chuyển được. Chị nhắn lại để Hội kể cho chị.)")

    async def _gettext(self, address: str) -> Callable[[str], str]:
        hers = sa.select(contacts.c.language).where(
            contacts.c.account_id == self.account_id, contacts.c.address == address
        )
        async with self.database.reading() as connection:
            language = await connection.scalar(hers)
        return self.languages.of(language or DEFAULT).gettext
