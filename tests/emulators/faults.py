"""Faults that a test orders: what goes wrong, for which calls, how often.

`ENDINGS` names what may happen to any answer; each emulator adds its platform's own refusals to it.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta


class Ending(enum.Enum):
    """What the client sees of the answer."""

    ANSWER = "answer"
    CUT = "cut"  # half of an answer, then the connection closes
    HANG = "hang"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Fault:
    """`accepts`: the call is carried out first (the message IS on the phone), only its answer goes wrong.

    `code`: the platform's own refusal of that number, in the shape of the host that was called, instead of `body`.
    """

    ending: Ending = Ending.ANSWER
    accepts: bool = False
    reads: bool = True
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    code: int | None = None

    @property
    def loses_answer(self) -> bool:
        """Nothing whole arrives, whatever the answer would have been."""
        return self.ending is not Ending.ANSWER


_HTML = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center>nginx</center></body></html>\r\n"
)

ENDINGS: dict[str, Fault] = {
    "server_error": Fault(status=500, body=b"Internal Server Error", content_type="text/plain"),
    "bad_gateway_html": Fault(status=502, body=_HTML, content_type="text/html"),
    "bad_gateway_after_accepting": Fault(accepts=True, status=502, body=_HTML, content_type="text/html"),
    "html": Fault(body=_HTML, content_type="text/html"),
    "html_after_accepting": Fault(accepts=True, body=_HTML, content_type="text/html"),
    "no_json": Fault(body=b"{"),
    "empty": Fault(body=b""),
    "empty_after_accepting": Fault(accepts=True, body=b""),
    "hang": Fault(Ending.HANG),
    "hang_after_accepting": Fault(Ending.HANG, accepts=True),
    "close_before_reading": Fault(Ending.CLOSE, reads=False),
    "close_after_accepting": Fault(Ending.CLOSE, accepts=True),
    "cut_after_accepting": Fault(Ending.CUT, accepts=True),
}


def patience(fault: str | int | Fault) -> timedelta:
    """How long to let a send take that meets the fault: a machine that is busy with something else delays any answer,
    so only where none will come is it short. A channel leaves a part of it for the connection.
    """
    found = ENDINGS.get(fault) if isinstance(fault, str) else fault
    hangs = isinstance(found, Fault) and found.ending is Ending.HANG
    return timedelta(seconds=2 if hangs else 30)


@dataclass(slots=True)
class _Order:
    name: str
    fault: Fault
    times: int | None
    user_id: str | None
    method: str | None
    probability: float

    @property
    def strikes_unread(self) -> bool:
        # For whom a call is, is only known once it was read.
        return not self.fault.reads and self.user_id is None


@dataclass(slots=True)
class Faults:
    """The orders still open, oldest first: the first that fits a call is carried out."""

    named: Mapping[str, Fault]
    random: random.Random
    _orders: list[_Order] = field(default_factory=list)

    def order(
        self,
        fault: str | int | Fault,
        *,
        times: int | None = 1,
        user_id: str | None = None,
        method: str | None = None,
        probability: float = 1.0,
        accepts: bool | None = None,
    ) -> None:
        """`times` None means until `clear`; `accepts` overrides what the named fault says.

        A number is the platform's refusal of that code.
        """
        match fault:
            case str():
                name, found = fault, self.named[fault]
            case int():
                name, found = str(fault), Fault(code=fault)
            case _:
                name, found = fault.ending.value, fault
        if accepts is not None:
            found = replace(found, accepts=accepts)
        self._orders.append(_Order(name, found, times, user_id, method, probability))

    def clear(self) -> None:
        self._orders.clear()

    def pick(self, method: str, user_id: str | None, *, unread: bool = False) -> tuple[str, Fault] | None:
        for order in self._orders:
            if unread and not order.strikes_unread:
                continue
            if order.method not in {None, method} or order.user_id not in {None, user_id}:
                continue
            if order.probability < 1.0 and self.random.random() >= order.probability:
                continue
            if order.times is not None:
                order.times -= 1
                if order.times <= 0:
                    self._orders.remove(order)
            return order.name, order.fault
        return None
