"""Our files at Zalo: what is taken, uploaded once for everybody, and again when Zalo has it no more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.channels.contract import Attachment, Blame, FileKind, Outgoing, Retry
from bot.store.database import Database
from bot.store.tables import files, remote_files
from tests.bot.channels.zalo_oa.sending_fixtures import CS, GIF, JPEG, PDF, PNG, Post, on_sqlite, opened, told
from tests.conftest import MovingClock
from tests.databases import SQLiteTemplate

MB = 1024 * 1024
IMAGE, GIF_UPLOAD, FILE = "v2.0/oa/upload/image", "v2.0/oa/upload/gif", "v2.0/oa/upload/file"
DOCX = b"PK\x03\x04 word/ made up"
DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 made up"


@pytest.fixture
async def post(sqlite_template: SQLiteTemplate, clock: MovingClock) -> AsyncIterator[Post]:
    async with on_sqlite(sqlite_template, clock) as made:
        yield made


@pytest.fixture
async def kept_post(
    fresh_database: AbstractAsyncContextManager[Database], clock: MovingClock
) -> AsyncIterator[Post]:
    """With a database of each kind."""
    async with fresh_database as database, opened(database, clock) as made:
        yield made


@pytest.mark.parametrize(
    ("data", "name", "method", "as_name"),
    [
        (JPEG, "Ảnh họp.JPG", IMAGE, "Ảnh họp.JPG"),
        (JPEG, "ảnh.png", IMAGE, "ảnh.jpg"),
        (PNG, "", IMAGE, "image.png"),
        (GIF, "hoa", GIF_UPLOAD, "hoa.gif"),
        (PDF, "Mẫu.đơn", FILE, "Mẫu.pdf"),
        (DOC, "thư.doc", FILE, "thư.doc"),
        (DOCX, "thư", FILE, "thư.docx"),
        ("tên;xã\n".encode(), "bảng.csv", FILE, "bảng.csv"),
    ],
)
async def test_a_file_goes_where_its_content_belongs(
    post: Post, data: bytes, name: str, method: str, as_name: str
) -> None:
    kind = FileKind.FILE if method == FILE else FileKind.IMAGE
    await post.send(Outgoing("", attachment=await post.keep(data, kind, name)))
    [call] = post.zalo.calls.of(method)
    assert call.params["file"].name == as_name
    assert len(post.hoa.received) == 1


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (JPEG + b"x" * MB, "a.jpg", "file_too_large"),
        (GIF + b"x" * 5 * MB, "a.gif", "file_too_large"),
        (PDF + b"x" * 5 * MB, "a.pdf", "file_too_large"),
        (b"RIFF....WEBP", "a.webp", "file_type"),
        (b"<svg/>", "a.svg", "file_type"),
        (b"<html>", "a.pdf", "file_type"),
        (b"MZ made up", "a.jpg", "file_type"),
        (b"a zip? PK", "a.zip", "file_type"),
    ],
)
async def test_what_zalo_does_not_take_is_refused_before_anything_is_called(
    post: Post, data: bytes, name: str, code: str
) -> None:
    error = await post.refused(Outgoing("xem", attachment=await post.keep(data, FileKind.FILE, name)))
    assert told(error) == (code, Retry.NEVER, Blame.MESSAGE, None)
    assert post.zalo.calls.entries == []


async def test_a_file_that_is_gone_here_is_refused(post: Post) -> None:
    error = await post.refused(Outgoing("xem", attachment=Attachment(FileKind.IMAGE, 999)))
    assert told(error) == ("file_missing", Retry.NEVER, Blame.MESSAGE, None)


async def test_a_picture_is_uploaded_once_for_everybody(kept_post: Post) -> None:
    message = Outgoing("Lịch họp", attachment=await kept_post.keep(JPEG))
    crowd = kept_post.zalo.crowd(30, spread=timedelta(hours=1))
    await asyncio.gather(*(kept_post.send(message, user.user_id) for user in crowd))
    assert all(len(user.received) == 1 for user in crowd)
    assert len(kept_post.zalo.calls.of(IMAGE)) == 1


async def test_another_process_and_the_same_picture_kept_again_use_what_zalo_has(
    kept_post: Post, clock: MovingClock
) -> None:
    await kept_post.send(Outgoing("một", attachment=await kept_post.keep(JPEG)))
    again = await kept_post.keep(JPEG, FileKind.IMAGE, "bản sao")
    await kept_post.send(Outgoing("hai", attachment=again))
    clock.move(timedelta(minutes=6))  # What is in memory is not used any more.
    await kept_post.send(Outgoing("ba", attachment=again))
    assert len(kept_post.zalo.calls.of(IMAGE)) == 1


async def test_after_six_days_it_is_uploaded_anew(kept_post: Post, clock: MovingClock) -> None:
    message = Outgoing("Lịch họp", attachment=await kept_post.keep(JPEG))
    await kept_post.send(message)
    clock.move(timedelta(days=5, hours=23))
    await kept_post.hoa.says("em ơi")
    await kept_post.send(message)
    assert len(kept_post.zalo.calls.of(IMAGE)) == 1
    clock.move(timedelta(hours=1))
    await kept_post.send(message)
    assert len(kept_post.zalo.calls.of(IMAGE)) == 2
    async with kept_post.database.reading() as connection:
        [row] = (await connection.execute(sa.select(remote_files))).all()
    assert row.expires_at == clock() + timedelta(days=6)


@pytest.mark.parametrize("data", [JPEG, PDF])
async def test_what_zalo_lost_is_uploaded_again_and_the_message_sent_once(
    kept_post: Post, data: bytes
) -> None:
    kind = FileKind.FILE if data is PDF else FileKind.IMAGE
    message = Outgoing("", attachment=await kept_post.keep(data, kind, "tệp"))
    await kept_post.send(message)
    kept_post.zalo.order_fault(-100, method=CS)
    await kept_post.send(message)
    await kept_post.send(message)
    assert len(kept_post.hoa.received) == 3
    assert len(kept_post.zalo.calls.of(FILE if data is PDF else IMAGE)) == 2


async def test_what_zalo_loses_twice_waits(post: Post) -> None:
    message = Outgoing("xem", attachment=await post.keep(JPEG))
    post.zalo.order_fault(-100, method=CS, times=None)
    error = await post.refused(message)
    assert told(error) == ("zalo_oa_attachment_gone", Retry.LATER, Blame.MESSAGE, None)
    assert len(post.zalo.calls.of(CS)) == 2


@pytest.mark.parametrize(
    ("fault", "code", "retry"),
    [
        ("close_after_accepting", "zalo_oa_upload_failed", Retry.LATER),
        ("bad_gateway_html", "zalo_oa_upload_failed", Retry.LATER),
        ("no_data", "zalo_oa_upload_failed", Retry.LATER),
        (-211, "zalo_oa_uploads_used_up", Retry.NEVER),
        (-204, "zalo_oa_closed", Retry.NEVER),
    ],
)
async def test_an_upload_that_fails_sends_nothing(
    post: Post, fault: str | int, code: str, retry: Retry
) -> None:
    message = Outgoing("xem", attachment=await post.keep(JPEG))
    post.zalo.order_fault(fault, method=IMAGE)
    error = await post.refused(message)
    assert (error.code, error.retry) == (code, retry)
    assert post.zalo.calls.of(CS) == []
    await post.send(message)


async def test_an_erased_file_is_sent_for_no_more_than_minutes(kept_post: Post, clock: MovingClock) -> None:
    message = Outgoing("xem", attachment=await kept_post.keep(JPEG))
    await kept_post.send(message)
    async with kept_post.database.writing() as connection:
        await connection.execute(sa.delete(files))
    clock.move(timedelta(minutes=5))
    assert (await kept_post.refused(message)).code == "file_missing"
