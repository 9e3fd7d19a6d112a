"""A file is what its first bytes say; what could act in a browser is nothing in particular."""

import pytest

from bot.media_types import SHOWN_IN_A_PAGE, UNKNOWN, ending_of, media_type_of

CASES = [
    (b"\xff\xd8\xff\xe0 picture", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n picture", "image/png"),
    (b"GIF89a", "image/gif"),
    (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
    (b"RIFF", UNKNOWN),
    (b"\x00\x00\x00\x18ftypheic", "image/heic"),
    (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
    (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
    (b"OggS\x00", "audio/ogg"),
    (b"\xff\xf1 voice", "audio/aac"),
    (b"#!AMR\n", "audio/amr"),
    (b"ID3\x03", "audio/mpeg"),
    (b"%PDF-1.7", "application/pdf"),
    (b"PK\x03\x04 word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"PK\x03\x04 anything", "application/zip"),
    (b"<html><script>alert(1)</script>", UNKNOWN),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", UNKNOWN),
    (b"<?xml version='1.0'?><svg/>", UNKNOWN),
    (b"MZ\x90\x00", UNKNOWN),
    (b"", UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("data", "media_type"), CASES)
def test_what_a_file_is(data: bytes, media_type: str) -> None:
    assert media_type_of(data) == media_type
    assert (ending_of(media_type) == "") == (media_type == UNKNOWN)


def test_only_pictures_without_a_program_are_shown() -> None:
    assert all(kind.startswith("image/") and "svg" not in kind for kind in SHOWN_IN_A_PAGE)
