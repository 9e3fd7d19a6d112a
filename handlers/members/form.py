"""A form filled in by chat, one question at a time.

What has been answered so far stands in the conversation's row, so a restart changes nothing. In every form "sửa" goes
one question back, "thôi" leaves, and an answer that does not fit gets one sentence saying what would.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.contract import IncomingKind, Outgoing
from bot.keywords import Keywords
from bot.turn import Turn
from handlers.parts import Parts

BACK = Keywords("sửa", "quay lại", "trở lại", "back")
LEAVE = Keywords("thôi", "bỏ", "hủy", "huỷ", "thoát", "không làm nữa")

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    `ask` gives the question; `take` puts the answer into the data and returns None, or returns the sentence that says
    what is expected. A field that does not apply to what was answered before is passed over.
    """

    name: str
    ask: Callable[[Turn, Parts, Data], Awaitable[Outgoing]]
    take: Callable[[Turn, Parts, Data], Awaitable[str | None]]
    applies: Callable[[Data], bool] = lambda _data: True


@dataclass(frozen=True, slots=True)
class Form:
    """Fields in order, and what happens when the last is answered or the form is left."""

    flow: str
    fields: Sequence[Field]
    finish: Callable[[Turn, Parts, Data], Awaitable[None]]
    left: Callable[[Turn], str]

    async def begin(self, turn: Turn, parts: Parts, **data: Any) -> None:
        first = next(field for field in self.fields if field.applies(data))
        turn.conversation.begin(self.flow, first.name, **data)
        await self._ask(turn, parts)

    async def take(self, turn: Turn, parts: Parts) -> bool:
        """Take the turn if this form is open."""
        if turn.conversation.flow != self.flow:
            return False
        word = turn.incoming.text if turn.incoming.kind is not IncomingKind.PHONE else ""
        if word in LEAVE:
            turn.conversation.end()
            await turn.say(self.left(turn))
        elif word in BACK:
            await self._step_back(turn, parts)
        else:
            await self._take_answer(turn, parts)
        return True

    async def _take_answer(self, turn: Turn, parts: Parts) -> None:
        data = turn.conversation.data
        field = self._open_field(turn)
        if (expected := await field.take(turn, parts, data)) is not None:
            if expected:
                await turn.say(expected)
            return
        following = [later for later in self.fields[self.fields.index(field) + 1 :] if later.applies(data)]
        if not following:
            await self.finish(turn, parts, data)
            return
        turn.conversation.step = following[0].name
        await self._ask(turn, parts)

    async def _step_back(self, turn: Turn, parts: Parts) -> None:
        data = turn.conversation.data
        field = self._open_field(turn)
        before = [earlier for earlier in self.fields[: self.fields.index(field)] if earlier.applies(data)]
        turn.conversation.step = (before[-1] if before else field).name
        await self._ask(turn, parts)

    async def ask_again(self, turn: Turn, parts: Parts) -> None:
        """Repeat the open question."""
        await self._ask(turn, parts)

    async def _ask(self, turn: Turn, parts: Parts) -> None:
        message = await self._open_field(turn).ask(turn, parts, turn.conversation.data)
        await turn.say(message.text, *message.choices, asks_phone=message.asks_phone)

    def _open_field(self, turn: Turn) -> Field:
        """The field that is being asked; the first, should a new release have renamed it."""
        return next((field for field in self.fields if field.name == turn.conversation.step), self.fields[0])
