"""What every act on a question needs to write its letters: the transaction, the outbox, the languages and the moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Outgoing
from bot.languages import Languages
from bot.outbox import Outbox
from bot.people import quiet
from bot.people.contacts import Contact
from bot.questions.record import Question
from bot.said import Note
from bot.turn import Turn


@dataclass(frozen=True, slots=True)
class Post:
    """Made for one transaction; `Post.of(turn, languages)` in a turn."""

    connection: AsyncConnection
    outbox: Outbox
    languages: Languages
    now: datetime

    @classmethod
    def of(cls, turn: Turn, languages: Languages) -> "Post":
        return cls(turn.connection, turn.outbox, languages, turn.now)

    def gettext(self, contact: Contact) -> Callable[[str], str]:
        """Her language."""
        return self.languages.of(contact.language).gettext

    async def to_cadre(self, contact: Contact, question: Question, message: Outgoing) -> None:
        """Something about a question for the one who has it: a reply to it finds the question."""
        note = Note(kind="forward", question_id=question.question_id, is_sensitive=question.is_sensitive)
        await self.outbox.put(self.connection, contact, message, now=self.now, note=note)

    async def to_member(
        self, contact: Contact, question: Question, message: Outgoing, *, staff_id: int | None
    ) -> None:
        """An answer for her who asked; covered when she is quiet."""
        covered = await quiet.cover(self.connection, contact, message, self.now, self.gettext(contact))
        note = Note(
            kind="cadre_answer",
            question_id=question.question_id,
            is_sensitive=question.is_sensitive,
            staff_id=staff_id,
        )
        await self.outbox.put(self.connection, contact, covered, now=self.now, note=note)

    async def notice(self, contact: Contact, text: str) -> None:
        """A line that nothing hangs on: if it cannot be delivered, nothing has to be done about it."""
        await self.outbox.put(
            self.connection, contact, Outgoing(text), now=self.now, note=Note(kind="notice")
        )
