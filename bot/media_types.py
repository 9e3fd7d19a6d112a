"""What a file is, by its own first bytes. What could act in a browser is never called by its name."""

from typing import Final

UNKNOWN: Final = "application/octet-stream"

_STARTS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS: Final = {b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"heic": "image/heic", b"mif1": "image/heic"}
_ZIPPED: Final = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_ENDINGS: Final = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/heic": ".heic",
    "audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/amr": ".amr", "audio/aac": ".aac", "audio/mp4": ".m4a", "audio/wav": ".wav",
    "video/mp4": ".mp4", "video/webm": ".webm", "video/x-msvideo": ".avi",
    "application/pdf": ".pdf", "application/msword": ".doc", "application/zip": ".zip",
    _ZIPPED[0][1]: ".docx", _ZIPPED[1][1]: ".xlsx", _ZIPPED[2][1]: ".pptx",
}  # fmt: skip
SHOWN_IN_A_PAGE: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""What a browser may show: pictures that carry no program."""


def media_type_of(data: bytes) -> str:
    """The media type of a file that begins so; everything else, HTML and SVG too, is bytes of unknown meaning."""
    if data.startswith(b"RIFF"):
        return _RIFF.get(data[8:12], UNKNOWN)
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    if data.startswith(b"PK\x03\x04"):
        return next((found for part, found in _ZIPPED if part in data), "application/zip")
    return next((found for start, found in _STARTS if data.startswith(start)), UNKNOWN)


def ending_of(media_type: str) -> str:
    """What a file name ends in so that her phone opens it; "" where we do not know."""
    return _ENDINGS.get(media_type, "")
