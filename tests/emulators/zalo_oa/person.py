"""Somebody with a phone number, who may be known to several OAs and apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulators.phone import Phone

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.accounts import App
    from tests.emulators.zalo_oa.people import User
    from tests.emulators.zalo_oa.world import World

FIRST_USER_BY_APP = 8_000_000_000_000_000_001


class Person:
    """Somebody with a phone number; ids differ per OA (User) and per app."""

    def __init__(self, name: str, phone: str) -> None:
        self.name = name
        self.phone = phone
        self.zbs_refusal: int | None = None  # what a template by phone to her is answered
        self.users: list[User] = []
        self.templates = Phone()  # what came by phone number alone
        self._by_app: dict[str, str] = {}

    def id_by_app(self, world: World, app: App) -> str:
        if app.app_id not in self._by_app:
            self._by_app[app.app_id] = str(world.next_number("by_app", FIRST_USER_BY_APP))
        return self._by_app[app.app_id]
