"""Faults that a test orders: what goes wrong, for which calls, how often.

`FAULTS` names every fault once, so that a test in another process orders it by name.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from typing import Any

from tests.emulators.faults import Ending, Fault


def refusal(status: int, description: str, **parameters: Any) -> Fault:
    """A fault that answers with the Bot API's own envelope."""
    envelope = {"ok": False, "error_code": status, "description": description}
    if parameters:
        envelope["parameters"] = parameters
    return Fault(status=status, body=json.dumps(envelope).encode())


def flood(retry_after_s: int) -> Fault:
    return refusal(429, f"Too Many Requests: retry after {retry_after_s}", retry_after=retry_after_s)


def upgraded_to(chat_id: int) -> Fault:
    return refusal(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        migrate_to_chat_id=chat_id,
    )


_HTML = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center>nginx</center></body></html>\r\n"
)

FAULTS: dict[str, Fault] = {
    "blocked": refusal(403, "Forbidden: bot was blocked by the user"),
    "deactivated": refusal(403, "Forbidden: user is deactivated"),
    "never_started": refusal(403, "Forbidden: bot can't initiate conversation with a user"),
    "kicked_from_group": refusal(403, "Forbidden: bot was kicked from the group chat"),
    "kicked_from_supergroup": refusal(403, "Forbidden: bot was kicked from the supergroup chat"),
    "not_a_member": refusal(403, "Forbidden: bot is not a member of the supergroup chat"),
    "chat_not_found": refusal(400, "Bad Request: chat not found"),
    "thread_not_found": refusal(400, "Bad Request: message thread not found"),
    "topic_deleted": refusal(400, "Bad Request: TOPIC_DELETED"),
    "topic_closed": refusal(400, "Bad Request: TOPIC_CLOSED"),
    "not_modified": refusal(
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the "
        "same as a current content and reply markup of the message",
    ),
    "edit_not_found": refusal(400, "Bad Request: message to edit not found"),
    "query_too_old": refusal(
        400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
    ),
    "bad_entities": refusal(
        400, 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0'
    ),
    "bad_request": refusal(400, "Bad Request: wrong file identifier/HTTP URL specified"),
    "upgraded": upgraded_to(-1009876543210),
    "unauthorized": refusal(401, "Unauthorized"),
    "not_found": refusal(404, "Not Found"),
    "conflict": refusal(
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    ),
    "flood": flood(1),
    "server_error": refusal(500, "Internal Server Error"),
    "bad_gateway": refusal(502, "Bad Gateway"),
    "bad_gateway_html": Fault(status=502, body=_HTML, content_type="text/html"),
    "bad_gateway_after_accepting": Fault(accepts=True, status=502, body=_HTML, content_type="text/html"),
    "no_json_after_accepting": Fault(accepts=True, body=_HTML, content_type="text/html"),
    "hang": Fault(Ending.HANG),
    "hang_after_accepting": Fault(Ending.HANG, accepts=True),
    "close_before_reading": Fault(Ending.CLOSE, reads=False),
    "close_after_accepting": Fault(Ending.CLOSE, accepts=True),
    "cut_after_accepting": Fault(Ending.CUT, accepts=True),
}


@dataclass(slots=True)
class _Order:
    name: str
    fault: Fault
    times: int | None
    chat_id: int | None
    method: str | None
    probability: float


@dataclass(slots=True)
class Faults:
    """The orders still open, oldest first: the first that fits a call is carried out."""

    random: random.Random
    _orders: list[_Order] = field(default_factory=list)

    def order(
        self,
        fault: str | Fault,
        *,
        times: int | None = 1,
        chat_id: int | None = None,
        method: str | None = None,
        probability: float = 1.0,
        accepts: bool | None = None,
    ) -> None:
        """`times` None means until `clear`; `accepts` overrides what the named fault says."""
        name, found = (fault, FAULTS[fault]) if isinstance(fault, str) else (fault.ending.value, fault)
        if accepts is not None:
            found = replace(found, accepts=accepts)
        wanted = method.lower() if method else None
        self._orders.append(_Order(name, found, times, chat_id, wanted, probability))

    def clear(self) -> None:
        self._orders.clear()

    def waits_for(self, *, unread: bool) -> bool:
        """Whether any order is open, or (`unread`) one that must strike before the request is read."""
        return any(not unread or self._is_unread(order) for order in self._orders)

    def pick(self, method: str, chat_id: int | None, *, unread: bool = False) -> tuple[str, Fault] | None:
        for order in self._orders:
            if unread and not self._is_unread(order):
                continue
            if order.method not in {None, method} or order.chat_id not in {None, chat_id}:
                continue
            if order.probability < 1.0 and self.random.random() >= order.probability:
                continue
            if order.times is not None:
                order.times -= 1
                if order.times <= 0:
                    self._orders.remove(order)
            return order.name, order.fault
        return None

    @staticmethod
    def _is_unread(order: _Order) -> bool:
        # Which chat a call is for is only known once it was read.
        return not order.fault.reads and order.chat_id is None
