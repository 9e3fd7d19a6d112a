"""What a test in another process may order of this emulator, beyond what every emulator takes."""

from __future__ import annotations

import asyncio
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from tests.emulators.control import BaseControl, changed, plain_body
from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa import templates
from tests.emulators.zalo_oa.accounts import OA, App
from tests.emulators.zalo_oa.templates import Param, State

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.emulator import ZaloOAEmulator


class Control(BaseControl):
    """Apps and OAs are named by their ids; without one, the first is meant."""

    deeds: ClassVar[AbstractSet[str]] = frozenset(
        {
            "follows",
            "unfollows",
            "blocks",
            "unblocks",
            "clicks_chat_now",
            "withdraws",
            "says",
            "sends_image",
            "sends_gif",
            "sends_audio",
            "sends_video",
            "sends_sticker",
            "sends_file",
            "sends_link",
            "sends_location",
            "sends_business_card",
            "reacts",
            "submits_info",
            "gives_feedback",
            "presses",
            "reads",
            "makes",
        }
    )

    def __init__(self, emulator: ZaloOAEmulator) -> None:
        super().__init__(emulator)
        self._zalo = emulator

    def do_user(self, oa: str = "", interacted_s: float | None = None, **fields: Any) -> str:
        """Makes a user; gives her id."""
        ago = None if interacted_s is None else timedelta(seconds=interacted_s)
        return self._zalo.user(oa=self._oa(oa), interacted=ago, **fields).user_id

    def do_crowd(self, count: int, oa: str = "", spread_s: float | None = None) -> list[str]:
        spread = {} if spread_s is None else {"spread": timedelta(seconds=spread_s)}
        return [user.user_id for user in self._zalo.crowd(count, oa=self._oa(oa), **spread)]

    def do_user_state(self, user: str, **fields: Any) -> JSON:
        """Sets what a test may set of a user (`refusal`, `reads_at_once`, `is_online`); gives her state."""
        found = self._zalo.phone_of(user)
        for name, value in fields.items():
            if name not in {"refusal", "reads_at_once", "is_online"}:
                raise ValueError(f"no field {name!r}")
            setattr(found, name, value)
        last = found.last_interaction
        return {
            "is_follower": found.is_follower,
            "last_interaction": last.isoformat() if last else None,
            "tags": found.tags,
            "phone": found.person.phone,
        }

    def do_app(self, app: str = "", **fields: Any) -> JSON:
        """Sets fields of `App`; gives the simple ones, secrets too."""
        return changed(self._app(app), fields)

    def do_oa(self, oa: str = "", **fields: Any) -> JSON:
        """Sets fields of `OA`; gives the simple ones."""
        return changed(self._oa(oa), fields)

    def do_new_app(self, **fields: Any) -> str:
        return self._zalo.new_app(**fields).app_id

    def do_new_oa(self, **fields: Any) -> str:
        return self._zalo.new_oa(**fields).oa_id

    def do_connect(self, app: str = "", oa: str = "") -> JSON:
        pair = self._zalo.connect(self._app(app), self._oa(oa))
        return {"access_token": pair.access_token, "refresh_token": pair.refresh_token}

    def do_disconnect(self, app: str = "", oa: str = "") -> None:
        self._zalo.disconnect(self._app(app), self._oa(oa))

    def do_approves(self, authorize_url: str, oa: str = "") -> str:
        return self._zalo.approves(authorize_url, self._oa(oa))

    async def do_webhook(self, app: str = "", url: str | None = None, **fields: Any) -> JSON:
        """Saves the address as the console does (`saved`), sets switches, gives the state."""
        hook = self._app(app).webhook
        saved = await hook.saves(url) if url else None
        return changed(hook, fields) | {"saved": saved, "retrying": hook.retrying_count}

    def do_webhook_doubles(self, app: str = "", times: int = 1) -> None:
        self._app(app).webhook.doubles(times)

    def do_webhook_loses(self, app: str = "", times: int = 1) -> None:
        self._app(app).webhook.loses(times)

    def do_webhook_release(self, app: str = "", *, reverse: bool = True) -> None:
        self._app(app).webhook.release(reverse=reverse)

    def do_webhook_repeats(self, app: str = "", number: int = -1) -> None:
        hook = self._app(app).webhook
        hook.repeats(hook.deliveries[number])

    def do_deliveries(self, app: str = "", since: int = 0) -> list[JSON]:
        return [plain_body(delivery) for delivery in self._app(app).webhook.deliveries[since:]]

    async def do_posts(self, body: str, headers: dict[str, str], app: str = "") -> int:
        """Any POST to the webhook; gives the status."""
        return (await self._app(app).webhook.posts(body.encode(), headers))[0]

    def do_admin_says(self, user: str, text: str, admin_id: str | None = None) -> None:
        self._zalo.admin_says(self._zalo.phone_of(user), text, admin_id=admin_id)

    def do_template(self, oa: str = "", params: list[JSON] | None = None, **fields: Any) -> str:
        made = [Param(**param) for param in params or []]
        if "state" in fields:
            fields["state"] = State(fields["state"])
        return self._zalo.template(
            fields.pop("text", "Chào chị <ten>, <noi_dung>"), *made, oa=self._oa(oa), **fields
        ).template_id

    def do_template_state(self, template: str, state: str, oa: str = "", reason: str = "") -> None:
        where = self._oa(oa)
        templates.change_state(self._zalo.world, where.oa_id, where.templates[template], State(state), reason)

    def do_zbs_received(self, phone: str) -> list[JSON]:
        """What came to a phone number as ZBS templates."""
        person = next((p for p in self._zalo.world.people if p.phone == phone), None)
        return [asdict(received) for received in person.templates.received] if person else []

    async def do_storm(self, count: int, per_second: float, oa: str = "", text: str = "em oi") -> float:
        """Lets the OA's users write in turn, `count` messages at this rate; gives the seconds it took.

        For load tests: what the webhook did with them tells `webhook_times`.
        """
        users = list(self._oa(oa).users.values())
        loop = asyncio.get_running_loop()
        started = loop.time()
        for number in range(count):
            await asyncio.sleep(started + number / per_second - loop.time())
            await users[number % len(users)].says(f"{text} {number}")
        return loop.time() - started

    def do_webhook_times(self, app: str = "", event_name: str = "user_send_text") -> list[list[float]]:
        """Status and seconds of the first try of every such event."""
        deliveries = self._app(app).webhook.deliveries
        return [
            [d.tries[0].status, d.tries[0].took_s]
            for d in deliveries
            if d.tries and d.event_name == event_name
        ]

    def do_state(self) -> JSON:
        world = self._zalo.world
        return {
            "calls": len(self._zalo.calls.entries),
            "users": sum(len(oa.users) for oa in world.oas.values()),
            "messages": sum(len(u.received) for oa in world.oas.values() for u in oa.users.values()),
            "clock_ms": self._zalo.clock.ms(),
        }

    def do_arrivals(self) -> dict[str, list[float]]:
        """When messages arrived, per user that got any."""
        users = (u for oa in self._zalo.world.oas.values() for u in oa.users.values() if u.received)
        return {user.user_id: [r.arrived_at for r in user.received] for user in users}

    def do_forget(self) -> None:
        """Drops the calls, deliveries and messages so far; people stay."""
        self._zalo.calls.forget()
        for oa in self._zalo.world.oas.values():
            for user in oa.users.values():
                user.forget()
        for app in self._zalo.world.apps.values():
            app.webhook.deliveries.clear()

    def _app(self, app_id: str) -> App:
        return self._zalo.world.apps[app_id] if app_id else self._zalo.app

    def _oa(self, oa_id: str) -> OA:
        return self._zalo.world.oas[oa_id] if oa_id else self._zalo.oa
