"""Uploaded pictures and files: what is taken, how long it lives, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.emulators.parameters import JSON
from tests.emulators.zalo_oa.refusals import Refused, invalid, too_long
from tests.emulators.zalo_oa.requests import Request, file_of

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.accounts import OA
    from tests.emulators.zalo_oa.world import World

ASSET_LIFE = timedelta(days=7)
UPLOADS_A_MONTH = 5000
MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asset:
    asset_id: str
    kind: str
    name: str
    content: bytes
    until: datetime
    media: str  # the path at which the phone page shows it


@dataclass(frozen=True, slots=True)
class _Kind:
    endings: tuple[str, ...]
    largest_bytes: int
    answers: str
    content_type: str


KINDS = {
    "image": _Kind((".jpg", ".jpeg", ".png"), MB, "attachment_id", "image/jpeg"),
    "gif": _Kind((".gif",), 5 * MB, "attachment_id", "image/gif"),
    "file": _Kind((".pdf", ".doc", ".docx", ".csv"), 5 * MB, "token", "application/octet-stream"),
}


def upload(world: World, request: Request, kind: str) -> JSON:
    limits = KINDS[kind]
    given = file_of(request.params)
    if not given.name.lower().endswith(limits.endings):
        raise invalid("file")
    if len(given.content) > limits.largest_bytes:
        raise too_long("file")
    month = (kind, f"{world.clock.in_vietnam():%Y-%m}")
    used = request.oa.uploads_this_month.get(month, 0)
    if used >= UPLOADS_A_MONTH:
        raise Refused(-211)
    request.oa.uploads_this_month[month] = used + 1
    asset_id = world.next_text(f"{kind.upper()}-")
    media = world.keep_media(given.content, given.content_type or limits.content_type, given.name)
    until = world.clock.now() + ASSET_LIFE
    request.oa.assets[asset_id] = Asset(asset_id, kind, given.name, given.content, until, media)
    return {limits.answers: asset_id}


def asset_of(world: World, oa: OA, asset_id: str, kind: str, name: str) -> Asset:
    """-201 for another OA's or another kind's, -100 after seven days."""
    asset = oa.assets.get(asset_id)
    if asset is None or asset.kind != kind:
        raise invalid(name)
    if world.clock.now() > asset.until:
        raise Refused(-100)
    return asset
