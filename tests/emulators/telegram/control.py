"""The emulator's own door for tests in another process: `POST /control/<verb>` with a JSON object of arguments.

`RemoteTelegram` speaks it. Errors come back as 400 with the reason, so that a test fails with it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.emulators.telegram.chats import Received
from tests.emulators.telegram.limits import FloodLimits, Limit
from tests.emulators.telegram.parameters import JSON
from tests.emulators.telegram.people import User

if TYPE_CHECKING:
    from tests.emulators.telegram.emulator import TelegramEmulator

DEEDS = frozenset(
    {
        "says",
        "starts",
        "edits",
        "sends",
        "sends_photo",
        "sends_album",
        "sends_location",
        "shares_contact",
        "presses",
        "blocks",
        "unblocks",
        "deactivates",
    }
)


class Control:
    def __init__(self, emulator: TelegramEmulator) -> None:
        self._emulator = emulator

    async def serve(self, request: web.BaseRequest, verb: str) -> web.Response:
        deed = getattr(self, f"do_{verb}", None)
        if deed is None:
            return web.json_response({"error": f"no verb {verb!r}"}, status=404)
        arguments = await request.json() if request.can_read_body else {}
        try:
            return web.json_response({"result": await deed(**arguments)})
        except (TypeError, ValueError, LookupError, TimeoutError) as exc:
            return web.json_response({"error": f"{type(exc).__name__}: {exc}"}, status=400)

    async def do_user(self, **arguments: Any) -> int:
        """Makes a user, or does nothing when there is one of this id."""
        existing = self._emulator.world.chats.get(arguments.get("id", 0))
        return existing.chat_id if isinstance(existing, User) else self._emulator.user(**arguments).user_id

    async def do_act(self, user: int, deed: str, arguments: JSON) -> Any:
        """Lets a user do something; a press waits up to `timeout` for its answer when that is given."""
        if deed not in DEEDS:
            raise ValueError(f"no deed {deed!r}")
        timeout = arguments.pop("timeout", None) if deed == "presses" else None
        for name in ("content", "contents"):
            if name in arguments:
                raise ValueError("the remote control sends the made-up picture only")
        done = await getattr(self._user(user), deed)(**arguments)
        if deed != "presses":
            return done
        return await done.answered(timeout) if done is not None and timeout is not None else None

    async def do_received(self, user: int, after: int = 0, timeout: float = 0.0) -> list[JSON]:
        """What is on the user's phone after the first `after` messages; waits for more up to `timeout` seconds."""
        return [_plain(r) for r in await self._user(user).received_after(after, timeout)]

    async def do_calls(self, since: int = 0, *, with_params: bool = False) -> list[Any]:
        calls = self._emulator.calls[since:]
        if not with_params:
            return [call.summary() for call in calls]
        return [
            asdict(call)
            | {
                "params": {
                    k: v
                    for k, v in call.params.items()
                    if isinstance(v, str | int | float | list | dict | bool)
                }
            }
            for call in calls
        ]

    async def do_order_fault(self, **arguments: Any) -> None:
        self._emulator.order_fault(**arguments)

    async def do_clear_faults(self) -> None:
        self._emulator.faults.clear()

    async def do_set(
        self, *, delay_s: float | None = None, limits: dict[str, list[float]] | None = None
    ) -> None:
        """`limits`: {"per_chat": [count, seconds], "per_group": ..., "overall": ...}; {} switches them off."""
        if delay_s is not None:
            self._emulator.delay_s = delay_s
        if limits is not None:
            self._emulator.limits = FloodLimits(
                per_chat=_limit(limits, "per_chat"),
                per_group=_limit(limits, "per_group"),
                overall=_limit(limits, "overall"),
            )

    async def do_deliver_again(self, user: int) -> None:
        """The user's last update once more."""
        update_id = self._user(user).last_update_id
        if update_id is None:
            raise LookupError("the user has done nothing yet")
        self._emulator.deliver_again(update_id)

    async def do_updates_taken(self, timeout: float = 20.0) -> None:
        await self._emulator.updates_taken(timeout)

    async def do_state(self) -> JSON:
        world = self._emulator.world
        return {
            "calls": len(self._emulator.calls),
            "chats": len(world.chats),
            "messages": sum(len(chat.received) for chat in world.chats.values()),
            "pending_updates": world.updates.pending_count,
            "webhook": world.updates.webhook.url if world.updates.webhook else "",
        }

    async def do_arrivals(self) -> dict[str, list[float]]:
        """When messages arrived, per chat that got any: enough to find what is missing or came twice."""
        return {
            str(chat_id): [r.arrived_at for r in chat.received]
            for chat_id, chat in self._emulator.world.chats.items()
            if chat.received
        }

    async def do_forget(self) -> None:
        """Drops the calls logged and the messages received so far; people and pending updates stay."""
        self._emulator.calls.clear()
        for chat in self._emulator.world.chats.values():
            chat.forget()

    def _user(self, user_id: int) -> User:
        user = self._emulator.world.chats.get(user_id)
        if isinstance(user, User):
            return user
        raise LookupError(f"no user {user_id}")


def _plain(received: Received) -> JSON:
    return {
        "raw": received.raw,
        "keyboard": received.keyboard,
        "arrived_at": received.arrived_at,
        "edits": received.edits,
        "is_deleted": received.is_deleted,
    }


def _limit(limits: dict[str, list[float]], name: str) -> Limit | None:
    if name not in limits:
        return None
    count, seconds = limits[name]
    return Limit(int(count), seconds)
