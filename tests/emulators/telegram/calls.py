"""The log of calls: what the bot asked, when it came, when it was answered, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from tests.emulators.telegram.parameters import JSON

LONGEST_VALUE = 8192  # of a parameter in the log; the Bot API takes no longer text


@dataclass(slots=True)
class Call:
    """`arrived_at` and `answered_at` are time.monotonic(); `outcome` is "ok", a status as text, or a fault's name."""

    method: str
    params: JSON
    arrived_at: float
    chat_id: int | None = None
    answered_at: float | None = None
    outcome: str = ""

    def summary(self) -> list[object]:
        return [self.method, self.chat_id, self.arrived_at, self.answered_at, self.outcome]


def shortened(params: JSON) -> JSON:
    """The parameters as they are kept: very long texts cut, so that the log of a long run stays small."""
    if any(isinstance(value, str) and len(value) > LONGEST_VALUE for value in params.values()):
        return {
            name: value[:LONGEST_VALUE] if isinstance(value, str) else value for name, value in params.items()
        }
    return params
