from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from gettext import NullTranslations

import pytest

from bot.channels.contract import Attachment, FileKind, Limits
from bot.store.database import Database
from broadcasts import attachments
from broadcasts.attachments import MOST_BYTES
from broadcasts.refused import Refused
from tests.conftest import MovingClock

_ = NullTranslations().gettext
JPEG, PDF, OGG = b"\xff\xd8\xff", b"%PDF-1.7", b"OggS"


@dataclass(frozen=True)
class Brought:
    label: str
    data: bytes
    kind: FileKind | None = None
    says: str = ""


BROUGHT = [
    Brought("picture", JPEG, FileKind.IMAGE),
    Brought("moving picture", b"GIF89a", FileKind.GIF),
    Brought("recording", OGG, FileKind.VOICE),
    Brought("film", b"\0\0\0\x18ftypmp42", FileKind.VIDEO),
    Brought("paper", PDF, FileKind.FILE),
    Brought("nothing", b"", says="trống"),
    Brought("30 MB", JPEG + bytes(30 * 1024**2), says="nặng quá"),
    Brought("one byte too many", JPEG + bytes(MOST_BYTES - 2), says="nặng quá"),
    Brought("a page that could act", b"<html><script>alert(1)</script>", says="chưa gửi được"),
    Brought("a program", b"MZ\x90", says="chưa gửi được"),
    Brought("an archive", b"PK\x03\x04secret", says="chưa gửi được"),
    Brought("a picture that few phones show", b"\0\0\0\x18ftypheic", says="chưa gửi được"),
]


@pytest.mark.parametrize("case", BROUGHT, ids=lambda case: case.label)
def test_what_a_file_is_its_bytes_say(case: Brought) -> None:
    if case.kind is not None:
        assert attachments.check(case.data) is case.kind
        return
    with pytest.raises(Refused, match=case.says):
        attachments.check(case.data)


@dataclass(frozen=True)
class Platform:
    label: str
    says: str = ""
    data: bytes = JPEG + bytes(2 * 1024**2)
    carries: frozenset[FileKind] = frozenset(FileKind)
    most: Mapping[FileKind, int] = field(default_factory=dict)
    types: Mapping[FileKind, frozenset[str]] = field(default_factory=dict)


PLATFORMS = [
    Platform("takes everything"),
    Platform("takes small pictures", "tới 1 MB, tệp này nặng 2 MB", most={FileKind.IMAGE: 1024**2}),
    Platform("takes small files", most={FileKind.FILE: 1024**2}),
    Platform("takes no GIF as a picture", types={FileKind.IMAGE: frozenset({".jpg"})}),
    Platform("takes other pictures", "chỉ nhận .png", types={FileKind.IMAGE: frozenset({".png"})}),
    Platform(
        "leaves it out, which is no fault", carries=frozenset({FileKind.FILE}), most={FileKind.IMAGE: 1}
    ),
]


@pytest.mark.parametrize("case", PLATFORMS, ids=lambda case: case.label)
async def test_a_file_that_a_platform_would_refuse_is_named_before_anything_is_sent(
    database: Database, clock: MovingClock, case: Platform
) -> None:
    limits = Limits(2000, 0, timedelta(seconds=5), case.carries, case.most, case.types)
    async with database.writing() as connection:
        kept = await attachments.keep(connection, case.data, name="C:\\hinh\\hop.jpg", now=clock())
        sight = await attachments.sight(connection, kept)
        found = await attachments.faults(connection, kept, {"Phụ nữ Cần Thơ": limits}, _)
    assert sight is not None
    assert (sight.name, sight.size_bytes, sight.media_type) == ("hop.jpg", len(case.data), "image/jpeg")
    assert [case.says in fault and "Phụ nữ Cần Thơ" in fault for fault in found] == [True] * bool(case.says)


async def test_a_file_that_is_not_kept_any_more_keeps_the_announcement_back(database: Database) -> None:
    async with database.reading() as connection:
        gone = Attachment(FileKind.IMAGE, 99)
        assert len(await attachments.faults(connection, gone, {}, _)) == 1
        assert await attachments.faults(connection, None, {}, _) == []
