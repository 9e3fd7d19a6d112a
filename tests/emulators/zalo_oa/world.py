"""The state behind the fake Zalo: apps, Official Accounts, grants, people by phone, pictures; and who hears of what."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.emulators.clock import EmulatorClock
from tests.emulators.parameters import JSON
from tests.emulators.phone import Received
from tests.emulators.zalo_oa.accounts import OA, App
from tests.emulators.zalo_oa.bodies import Shown
from tests.emulators.zalo_oa.grants import Grants
from tests.emulators.zalo_oa.signing import signature
from tests.emulators.zalo_oa.webhook import AppWebhook, Delivery

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.person import Person

FIRST_APP = 1_234_567_890_123_456_789
FIRST_OA = 7_000_000_000_000_000_001
FIRST_USER = 9_000_000_000_000_000_001


@dataclass(frozen=True, slots=True)
class Media:
    content: bytes
    content_type: str
    name: str


@dataclass(eq=False, repr=False, slots=True)
class World:
    """`address` is where the emulator serves pictures; it is known once the server has its port."""

    clock: EmulatorClock
    address: Callable[[], str]
    apps: dict[str, App] = field(default_factory=dict)
    oas: dict[str, OA] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    media: dict[str, Media] = field(default_factory=dict)
    grants: Grants = field(init=False)
    changes: int = 0  # counts what the phone page must show
    on_change: Callable[[], None] = lambda: None
    _numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.grants = Grants(self.clock)

    # Making

    def add_app(self, **fields: Any) -> App:
        number = self.next_number("app", FIRST_APP)
        app = App(
            app_id=fields.pop("app_id", str(number)),
            secret=fields.pop("secret", f"app-secret-{number}"),
            oa_secret_key=fields.pop("oa_secret_key", f"oa-secret-key-{number}"),
            webhook=AppWebhook(self.clock),
            **fields,
        )
        self.apps[app.app_id] = app
        return app

    def add_oa(self, *, name: str, **fields: Any) -> OA:
        oa = OA(oa_id=fields.pop("oa_id", str(self.next_number("oa", FIRST_OA))), name=name, **fields)
        self.oas[oa.oa_id] = oa
        return oa

    def next_number(self, kind: str, first: int = 1) -> int:
        number = self._numbers.get(kind, first)
        self._numbers[kind] = number + 1
        return number

    def next_text(self, prefix: str = "") -> str:
        """Sixteen hex digits, as message ids are."""
        number = self.next_number("text")
        return prefix + hashlib.sha256(f"{prefix}{number}".encode()).hexdigest()[:16]

    def keep_media(self, content: bytes, content_type: str, name: str) -> str:
        path = f"media/{self.next_text()}/{name}"
        self.media[path] = Media(content, content_type, name)
        return path

    def media_url(self, path: str) -> str:
        return path if path.startswith(("http://", "https://")) else f"{self.address()}/{path}"

    def changed(self) -> None:
        self.changes += 1
        self.on_change()

    # Showing

    def received(
        self,
        shown: Shown,
        message_id: str,
        raw: JSON,
        *,
        quota: JSON | None = None,
        by_hand: str | None = None,
    ) -> Received:
        return Received(
            message_id=message_id,
            kind=shown.event,
            text=shown.text,
            raw=raw,
            arrived_at=time.monotonic(),
            sent_ms=self.clock.ms(),
            buttons=tuple(type(b)(b.title, b.type, b.payload, message_id) for b in shown.buttons),
            elements=shown.elements,
            quotes=shown.quotes,
            quota_type=(quota or {}).get("quota_type"),
            by_hand=by_hand,
            media=shown.media,
        )

    # Telling

    def announce(
        self,
        oa: OA,
        event: JSON,
        *,
        person: Person | None = None,
        lane: str = "",
        only_app: App | None = None,
        server: str = "OA OpenAPI",
    ) -> list[Delivery]:
        """Sends an event to every app that this OA granted a token (or to the one that it concerns)."""
        self.changed()
        deliveries = []
        for app in self.apps.values():
            if only_app not in {None, app} or not self.grants.has_granted(app, oa):
                continue
            if not _is_wanted(app, event):
                continue
            told = {"app_id": app.app_id, **event}
            if person is not None and app.names_user_by_app:
                told["user_id_by_app"] = person.id_by_app(self, app)
            delivery = self.signed(app, oa, told, lane=lane, server=server)
            app.webhook.deliver(delivery)
            deliveries.append(delivery)
        return deliveries

    def signed(
        self, app: App, oa: OA, event: JSON, *, lane: str = "", server: str = "OA OpenAPI"
    ) -> Delivery:
        """An event as the bytes and headers that the vendor would send; nothing is sent."""
        ms = self.clock.ms()
        event = {**event, "timestamp": ms if app.timestamps_as_numbers else str(ms)}
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        first = oa.oa_id if app.signs_for == "oa_id" else app.app_id
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "ZaloWebhook",
            "X-ZEvent-Server": server,
            "X-ZEvent-Signature": f"mac={signature(first, body, str(ms), app.signing_key)}",
        }
        return Delivery(str(event.get("event_name", "")), body, headers, f"{oa.oa_id}:{lane}")


def _is_wanted(app: App, event: JSON) -> bool:
    name = event.get("event_name")
    if name in app.events_off:
        return False
    if app.only_hash_texts and name == "user_send_text":
        return str(event.get("message", {}).get("text", "")).startswith("#")
    return True
