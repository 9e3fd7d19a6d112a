"""A person's chat in tests: what she types goes through the real turn, outbox and conversation row, without a platform.

chat = Chat(database, handler, people.account_id, "hoa", clock)
assert "xã nào" in (await chat.says("0"))[-1]
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.channels.contract import Incoming, IncomingKind, Outgoing
from bot.clock import Clock
from bot.intake import Handler
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import contacts
from bot.store.database import Database
from bot.store.tables import contacts as contact_rows
from bot.store.tables import conversations, outbox
from bot.store.tables.messages import OutboxState
from bot.turn import Conversation, close_turn, open_turn


class Chat:
    """One contact. Each thing she does is one turn in one transaction, as intake would run it."""

    def __init__(
        self,
        database: Database,
        handler: Handler,
        account_id: int,
        address: str,
        clock: Clock,
        *,
        languages: Languages | None = None,
        sends: Outbox | None = None,
    ) -> None:
        self._database = database
        self._handler = handler
        self._account_id = account_id
        self._address = address
        self._clock = clock
        self._languages = languages or Languages({})
        self._outbox = sends or Outbox({})
        self._seen: set[int] = set()  # Rows of the outbox that were returned already.
        self._messages = 0

    async def says(self, text: str, **fields: Any) -> list[str]:
        """She types; returns the texts written to her by this turn."""
        return await self.incoming(IncomingKind.TEXT, text, **fields)

    async def presses(self, value: str, *, on: str = "") -> list[str]:
        """She presses a button; `on` are words of the message of ours that it stands below."""
        reply_to = await self.platform_id(on) if on else ""
        return await self.incoming(IncomingKind.CHOICE, value, reply_to=reply_to)

    async def replies(self, text: str, *, to: str) -> list[str]:
        """She quotes our latest message that contains `to`."""
        return await self.says(text, reply_to=await self.platform_id(to))

    async def incoming(
        self, kind: IncomingKind = IncomingKind.TEXT, text: str = "", **fields: Any
    ) -> list[str]:
        """She does something; further fields are those of `Incoming`."""
        self._messages += 1
        message_id = fields.pop("message_id", f"{self._address}-{self._messages}")
        incoming = Incoming(self._address, kind, text, message_id=message_id, **fields)
        now: datetime = self._clock()
        async with self._database.writing() as connection:
            contact = await contacts.meet(
                connection, self._account_id, self._address, language=incoming.language, now=now
            )
            latest = await connection.execute(sa.select(sa.func.max(outbox.c.id)))
            before = latest.scalar() or 0
            turn = await open_turn(
                connection,
                contact,
                incoming,
                now=now,
                translations=self._languages.of(contact.language),
                outbox=self._outbox,
            )
            await self._handler(turn)
            await close_turn(turn)
        return [message.text for message in await self._messages_after(before)]

    async def news(self) -> list[str]:
        """The texts written to her that no call has returned yet: what others' turns sent her."""
        return [message.text for message in await self.new_messages()]

    async def new_messages(self) -> list[Outgoing]:
        """Like `news`, with the buttons."""
        return await self._messages_after(0)

    async def conversation(self) -> Conversation:
        """Where her chat stands."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(conversations)
                .join(contact_rows, contact_rows.c.id == conversations.c.contact_id)
                .where(contact_rows.c.account_id == self._account_id, contact_rows.c.address == self._address)
            )
            row = found.one_or_none()
        return Conversation(row.flow, row.step, dict(row.data)) if row else Conversation()

    async def _messages_after(self, row_id: int) -> list[Outgoing]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(self._rows().where(outbox.c.id > row_id))).all()
        new = [row for row in rows if row.id not in self._seen]
        self._seen.update(row.id for row in new)
        return [Outgoing.from_json(row.message) for row in new]

    async def platform_id(self, part: str) -> str:
        """The platform's id of our latest message with these words; it counts as delivered from now on."""
        async with self._database.writing() as connection:
            rows = (await connection.execute(self._rows())).all()
            row = [row for row in rows if part in row.message["text"]][-1]
            platform_id = row.platform_id or f"platform-{row.id}"
            await connection.execute(
                sa.update(outbox)
                .where(outbox.c.id == row.id)
                .values(platform_id=platform_id, state=OutboxState.SENT)
            )
        return str(platform_id)

    def _rows(self) -> sa.Select[Any]:
        return (
            sa.select(outbox)
            .join(contact_rows, contact_rows.c.id == outbox.c.contact_id)
            .where(contact_rows.c.account_id == self._account_id, contact_rows.c.address == self._address)
            .order_by(outbox.c.id)
        )
