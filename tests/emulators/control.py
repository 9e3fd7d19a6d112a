"""An emulator's own door for tests in another process: `POST /control/<verb>` with a JSON object of arguments.

`remote.Remote` speaks it. Errors come back as 400 with the reason, so that a test fails with it. Each emulator adds
its own verbs as `do_<verb>` methods and says which deeds its users may do.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import asdict, is_dataclass
from datetime import timedelta
from typing import Any, ClassVar, Protocol

from aiohttp import web

from tests.emulators.calls import Calls
from tests.emulators.clock import EmulatorClock
from tests.emulators.faults import Faults
from tests.emulators.parameters import JSON
from tests.emulators.phone import Phone
from tests.emulators.server import EmulatorServer


class Controlled(Protocol):
    """What every emulator has."""

    calls: Calls
    clock: EmulatorClock
    faults: Faults
    server: EmulatorServer

    @property
    def order_fault(self) -> Callable[..., None]: ...

    def phone_of(self, user_id: str) -> Phone:
        """Raises LookupError."""

    async def events_taken(self, timeout: float = 20.0) -> None: ...


class BaseControl:
    """The verbs that every emulator has. Deeds are the verbs of its users that may be ordered from afar."""

    deeds: ClassVar[AbstractSet[str]] = frozenset()

    def __init__(self, emulator: Controlled) -> None:
        self._emulator = emulator

    async def serve(self, request: web.BaseRequest, verb: str) -> web.Response:
        deed = getattr(self, f"do_{verb}", None)
        if deed is None:
            return web.json_response({"error": f"no verb {verb!r}"}, status=404)
        arguments = await request.json() if request.can_read_body else {}
        try:
            result = deed(**arguments)
            if inspect.isawaitable(result):
                result = await result
        except (TypeError, ValueError, LookupError, TimeoutError) as exc:
            return web.json_response({"error": f"{type(exc).__name__}: {exc}"}, status=400)
        return web.json_response({"result": result})

    async def do_act(self, user: str, deed: str, arguments: JSON) -> Any:
        """Lets a user do something."""
        if deed not in self.deeds:
            raise ValueError(f"no deed {deed!r}")
        done = getattr(self._emulator.phone_of(user), deed)(**arguments)
        return await done if inspect.isawaitable(done) else done

    async def do_received(self, user: str, after: int = 0, timeout: float = 0.0) -> list[JSON]:
        """What is on the user's phone after the first `after` messages; waits for more up to `timeout` seconds."""
        return [r.plain() for r in await self._emulator.phone_of(user).received_after(after, timeout)]

    def do_calls(self, since: int = 0, method: str | None = None) -> list[JSON]:
        return [call.plain() for call in self._emulator.calls.of(method)[since:]]

    def do_order_fault(self, **arguments: Any) -> None:
        self._emulator.order_fault(**arguments)

    def do_clear_faults(self) -> None:
        self._emulator.faults.clear()

    def do_move_clock(self, seconds: float) -> int:
        """Moves the clock; gives what it shows now, in ms."""
        self._emulator.clock.move(timedelta(seconds=seconds))
        return self._emulator.clock.ms()

    def do_delay(self, seconds: float) -> None:
        self._emulator.server.delay_s = seconds

    async def do_events_taken(self, timeout: float = 20.0) -> None:
        await self._emulator.events_taken(timeout)


def changed(target: Any, fields: JSON) -> JSON:
    """Sets simple fields of an object by name and shows the simple ones; unknown names raise ValueError."""
    assert is_dataclass(target)
    for name, value in fields.items():
        if name not in target.__dataclass_fields__:
            raise ValueError(f"no field {name!r}")
        old = getattr(target, name)
        setattr(target, name, set(value) if isinstance(old, set) else value)
    return simple_fields(target)


def simple_fields(target: Any) -> JSON:
    """The fields that are texts, numbers and yes or no."""
    names = target.__dataclass_fields__
    found = {name: getattr(target, name) for name in names}
    return {
        name: value for name, value in found.items() if isinstance(value, str | int | float | bool | None)
    }


def plain_body(delivery: Any) -> JSON:
    """A delivery of an event as JSON."""
    return {
        "event_name": delivery.event_name,
        "body": delivery.body.decode("utf-8", "replace"),
        "headers": delivery.headers,
        "tries": [asdict(one) for one in delivery.tries],
    }
