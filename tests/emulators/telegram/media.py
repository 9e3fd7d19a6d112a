"""Files in messages: uploaded, attached, sent again by file_id, or named by address."""

from __future__ import annotations

from typing import Any

from tests.emulators.telegram.parameters import JSON, Upload
from tests.emulators.telegram.refusals import Refused, bad_request
from tests.emulators.telegram.world import StoredFile, World

MAX_UPLOAD_BYTES = 50 * 1024 * 1024
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024

KINDS = ("photo", "document", "video", "audio", "voice", "animation", "sticker", "video_note")

_EXTRA: dict[str, JSON] = {
    "video": {"width": 640, "height": 360, "duration": 3},
    "animation": {"width": 320, "height": 240, "duration": 3},
    "audio": {"duration": 3},
    "voice": {"duration": 3},
    "video_note": {"length": 240, "duration": 3},
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False},
}


def file_of(world: World, value: Any, params: JSON, kind: str) -> StoredFile:
    """The file that a parameter names; 400 or 413 as the real server would."""
    if isinstance(value, str) and value.startswith("attach://"):
        value = params.get(value.removeprefix("attach://"))
    if isinstance(value, Upload):
        if not value.content:
            raise bad_request("file must be non-empty")
        if len(value.content) > MAX_UPLOAD_BYTES:
            raise Refused(413, "Request Entity Too Large")
        if kind == "photo" and len(value.content) > MAX_PHOTO_BYTES:
            raise bad_request(
                f"file of size {len(value.content)} bytes is too big for a photo; "
                f"the maximum size is {MAX_PHOTO_BYTES} bytes"
            )
        return world.keep_file(value, f"{kind}s")
    if isinstance(value, str) and value in world.files:
        return world.files[value]
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        # The real server would fetch it; the emulator goes nowhere.
        return world.keep_file(Upload(value.rsplit("/", 1)[-1], value.encode(), "text/uri-list"), f"{kind}s")
    if not value:
        raise bad_request(f"there is no {kind} in the request")
    raise bad_request("wrong file identifier/HTTP URL specified")


def media_content(stored: StoredFile, kind: str) -> JSON:
    """The part of a Message that tells of the file."""
    facts = stored.facts()
    if kind == "photo":
        small = facts | {"file_id": stored.file_id, "width": 90, "height": 60}
        return {"photo": [small, facts | {"width": 1280, "height": 853}]}
    described = facts | _EXTRA.get(kind, {})
    if kind not in {"sticker", "video_note"}:
        described["mime_type"] = stored.content_type
    if kind in {"document", "video", "audio", "animation"}:
        described["file_name"] = stored.name
    return {kind: described}
