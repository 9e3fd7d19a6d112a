"""The call limits per minute: of the app, with its headers, and of the OA, whose figure is not published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.emulators.zalo_oa.refusals import Refused

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.accounts import OA, App
    from tests.emulators.zalo_oa.world import World

DEFAULT_LIMIT = 4000


@dataclass(slots=True)
class Limits:
    """Counts by the minute of the emulator's clock; a call over the limit is not counted and not carried out."""

    _minute: int = -1
    _taken: dict[str, int] = field(default_factory=dict)

    def take(self, world: World, app: App, oa: OA) -> None:
        minute = world.clock.ms() // 60_000
        if minute != self._minute:
            self._minute = minute
            self._taken.clear()
        if self._taken.get(app.app_id, 0) >= app.calls_per_minute:
            raise Refused(-32, "Your application reached limit call api")
        if oa.calls_per_minute is not None and self._taken.get(oa.oa_id, 0) >= oa.calls_per_minute:
            raise Refused(-32, "Your OA reached limit call api")
        for key in (app.app_id, oa.oa_id):
            self._taken[key] = self._taken.get(key, 0) + 1

    def headers(self, app: App | None) -> dict[str, str]:
        limit = app.calls_per_minute if app else DEFAULT_LIMIT
        left = limit - (self._taken.get(app.app_id, 0) if app else 0)
        return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remain": str(max(left, 0))}
