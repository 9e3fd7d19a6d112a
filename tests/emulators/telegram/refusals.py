"""How the Bot API says no: an HTTP status, a description, sometimes parameters."""

from __future__ import annotations

from typing import Any


class Refused(Exception):  # noqa: N818  (the Bot API's word for an outcome, not a defect of the emulator)
    """A method answers `{"ok": false}` with this status, description and parameters."""

    def __init__(self, status: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad_request(reason: str, parameters: dict[str, Any] | None = None) -> Refused:
    return Refused(400, f"Bad Request: {reason}", parameters)


def forbidden(reason: str) -> Refused:
    return Refused(403, f"Forbidden: {reason}")


def too_many_requests(retry_after_s: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {retry_after_s}", {"retry_after": retry_after_s})
