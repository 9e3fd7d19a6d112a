"""How the Zalo Bot API says no: HTTP 200 all the same, `ok` false and a number."""

from __future__ import annotations

from tests.emulators.parameters import JSON

DESCRIPTIONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Internal server error",
    404: "Not Found",
    408: "Request timeout",
    426: "Upgrade Required: daily limit reached",
    429: "Quota exceeded",
}


class Refused(Exception):  # noqa: N818  (an outcome of the contract, not a defect of the emulator)
    """The call is answered with this error and carried out no further."""

    def __init__(self, code: int, description: str = "") -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description


def error_body(code: int, description: str = "") -> JSON:
    return {"ok": False, "description": description or DESCRIPTIONS.get(code, "Error"), "error_code": code}


def bad_request(reason: str) -> Refused:
    return Refused(400, f"Bad Request: {reason}")
