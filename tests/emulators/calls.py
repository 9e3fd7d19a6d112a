"""The log of calls: what the client asked, when it came, when it was answered, and how it ended."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from tests.emulators.news import News
from tests.emulators.parameters import JSON, Upload

LONGEST_VALUE = 8192


@dataclass(slots=True)
class Call:
    """`arrived_at` and `answered_at` are time.monotonic(); `outcome` is "ok", an error's number, or a fault's name."""

    method: str
    params: JSON
    arrived_at: float
    user_id: str | None = None
    answered_at: float | None = None
    outcome: str = ""

    def plain(self) -> JSON:
        """As JSON; an uploaded file is only named."""
        return asdict(self) | {"params": {name: _plain(value) for name, value in self.params.items()}}


@dataclass(slots=True)
class Calls:
    """All calls since the start or the last `forget`."""

    entries: list[Call] = field(default_factory=list)
    _news: News = field(default_factory=News)

    def add(self, call: Call) -> None:
        self.entries.append(call)
        self._news.tell()

    def of(self, method: str | None = None) -> list[Call]:
        return [call for call in self.entries if method in {None, call.method}]

    async def wait_for(self, times: int, method: str | None, timeout: float) -> list[Call]:
        """Waits until so many calls (of this method) have come in, answered or not; gives them all."""
        if not await self._news.until(lambda: len(self.of(method)) >= times, timeout):
            raise TimeoutError(f"{len(self.of(method))} of {times} calls of {method or 'any method'} came in")
        return self.of(method)

    def forget(self) -> None:
        self.entries.clear()


def shortened(params: JSON) -> JSON:
    """The parameters as they are kept: very long texts cut, so that the log of a long run stays small."""
    return {name: _shortened(value) for name, value in params.items()}


def _shortened(value: Any) -> Any:
    match value:
        case str():
            return value[:LONGEST_VALUE]
        case dict():
            return shortened(value)
        case list():
            return [_shortened(inner) for inner in value]
        case _:
            return value


def _plain(value: Any) -> Any:
    return repr(value) if isinstance(value, Upload) else value
