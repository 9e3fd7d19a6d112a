"""What becomes of a message of ours: its receipt, its files, its second call, and answers that were lost."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.channels.contract import Blame, Choice, FileKind, Outgoing, Receipt, RemoteFile, Retry
from bot.people import contacts
from tests.bot.channels.zalo_oa.sending_fixtures import CS, GIF, JPEG, PDF, PNG, Post, on_sqlite, plain, told
from tests.conftest import MovingClock
from tests.databases import SQLiteTemplate
from tests.emulators.faults import Fault

HELLO = Outgoing("chào chị")


@pytest.fixture
async def post(sqlite_template: SQLiteTemplate, clock: MovingClock) -> AsyncIterator[Post]:
    async with on_sqlite(sqlite_template, clock) as opened:
        yield opened


# What a message was taken from


@pytest.mark.parametrize(
    ("ago", "follows", "sub_quota", "charge"),
    [
        (timedelta(hours=47, minutes=59), False, 5, "reply"),
        (timedelta(hours=48, minutes=1), False, 5, "sub_quota"),
        (timedelta(hours=48, minutes=1), False, 0, "charged"),
        (timedelta(days=6), True, 0, "charged"),
        (None, True, 5, "welcome_msg"),
    ],
)
async def test_the_receipt_says_what_was_taken(
    post: Post, ago: timedelta | None, follows: bool, sub_quota: int, charge: str
) -> None:
    post.zalo.oa.zca_balance_vnd, post.zalo.oa.sub_quota = 1000, sub_quota
    lan = post.zalo.user(name="Lan", follows=follows, interacted=ago)
    receipt = await post.send(HELLO, lan.user_id)
    [received] = await lan.hears()
    assert receipt == Receipt(received.message_id, charge)


async def test_an_answer_without_data_is_a_yes_without_an_id(post: Post) -> None:
    post.zalo.order_fault("no_data", method=CS)
    assert await post.send(HELLO) == Receipt("")
    assert len(post.hoa.received) == 1


@pytest.mark.parametrize(
    ("body", "receipt"),
    [
        (b'{"error":"0","data":{"message_id":9007199254740993}}', Receipt("9007199254740993", "charged")),
        (b'{"error":0,"data":{"message_id":null,"quota":[]}}', Receipt("", "charged")),
        (b'{"error":0,"data":{"message_id":"m","quota":{"remain":"8"}}}', Receipt("m", "")),
        (b'{"error":0,"data":{"quota":{"quota_type":"reply","remain":8}}}', Receipt("", "reply")),
        (b'{"error":0,"data":[]}', Receipt("")),
    ],
)
async def test_odd_answers_are_read_for_what_they_say(post: Post, body: bytes, receipt: Receipt) -> None:
    post.zalo.order_fault(Fault(accepts=True, body=body), method=CS)
    assert await post.send(HELLO) == receipt


# Windows


@pytest.mark.parametrize("ago", [timedelta(days=7, minutes=1), None])
async def test_what_zalo_lets_nothing_through_for_waits_until_she_writes(
    post: Post, ago: timedelta | None
) -> None:
    lan = post.zalo.user(name="Lan", interacted=ago)
    error = await post.refused(HELLO, lan.user_id)
    assert told(error) == ("window_closed", Retry.WHEN_SHE_WRITES, Blame.CONTACT, None)
    await lan.says("em ơi")
    assert (await post.send(HELLO, lan.user_id)).charge == "reply"


async def test_welcome_messages_that_are_used_up_wait_until_she_writes(post: Post) -> None:
    lan = post.zalo.user(name="Lan", follows=True)
    for _ in range(3):
        await post.send(HELLO, lan.user_id)
    error = await post.refused(HELLO, lan.user_id)
    assert (error.code, error.retry) == ("zalo_oa_used_up", Retry.WHEN_SHE_WRITES)
    await lan.says("em ơi")
    await post.send(HELLO, lan.user_id)


# Pictures and files


@pytest.mark.parametrize(
    ("data", "media_type", "element"),
    [(JPEG, "image", {}), (PNG, "image", {}), (GIF, "gif", {"width": 320, "height": 240})],
)
async def test_a_picture_goes_with_its_words_below(
    post: Post, data: bytes, media_type: str, element: dict[str, int]
) -> None:
    attachment = await post.keep(data, FileKind.IMAGE, "anh")
    await post.send(Outgoing("Lịch họp", (Choice("1", "Có"),), attachment=attachment))
    [received] = await post.hoa.hears()
    assert (received.kind, received.text) == (media_type, "Lịch họp")
    [sent] = received.raw["message"]["attachment"]["payload"]["elements"]
    assert sent.pop("attachment_id")
    assert sent == {"media_type": media_type, **element}


async def test_a_picture_that_answers_is_sent_without_quoting_where_that_is_too_old(post: Post) -> None:
    attachment = await post.keep(JPEG)
    await post.send(Outgoing("Đây chị", attachment=attachment, quotes="long-gone"))
    [received] = await post.hoa.hears()
    assert (received.kind, received.quotes) == ("image", None)


async def test_a_file_follows_its_words_as_a_message_of_its_own(post: Post) -> None:
    attachment = await post.keep(PDF, FileKind.FILE, "Mẫu đơn.pdf")
    receipt = await post.send(Outgoing("Mẫu đơn đây chị", attachment=attachment))
    words, file = await post.hoa.hears(2)
    assert (words.text, words.message_id) == ("Mẫu đơn đây chị", receipt.platform_id)
    assert (file.kind, file.text) == ("file", "Mẫu đơn.pdf")


@pytest.mark.parametrize("text", ["", " "])
async def test_a_file_without_words_goes_alone(post: Post, text: str) -> None:
    attachment = await post.keep(PDF, FileKind.FILE, "Mẫu đơn.pdf")
    receipt = await post.send(Outgoing(text, attachment=attachment))
    [file] = await post.hoa.hears()
    assert (file.kind, file.message_id) == ("file", receipt.platform_id)


WORDS_TAKEN = Fault(
    accepts=True, body=b'{"error":0,"data":{"message_id":"m1","quota":{"quota_type":"reply"}}}'
)


@pytest.mark.parametrize(
    ("faults", "code", "calls"),
    [
        ([-244], "zalo_oa_file_not_sent", 2),
        ([-230], "zalo_oa_file_not_sent", 2),
        (["close_after_accepting"], "zalo_oa_file_in_doubt", 2),
        (["server_error", "server_error"], "zalo_oa_file_not_sent", 3),
        (["server_error", "bad_gateway_html"], "zalo_oa_file_in_doubt", 3),
    ],
)
async def test_words_that_arrived_are_never_repeated_for_their_file(
    post: Post, faults: list[str | int], code: str, calls: int
) -> None:
    attachment = await post.keep(PDF, FileKind.FILE, "Mẫu đơn.pdf")
    post.zalo.order_fault(WORDS_TAKEN, method=CS)
    for fault in faults:
        post.zalo.order_fault(fault, method=CS)
    error = await post.refused(Outgoing("Mẫu đơn đây chị", attachment=attachment))
    assert told(error) == (code, Retry.NEVER, Blame.MESSAGE, None)
    sent = post.messages()
    assert len(sent) == calls
    assert [message for message in sent if "text" in message] == [{"text": "Mẫu đơn đây chị"}]


async def test_a_file_that_certainly_did_not_go_is_tried_once_more_at_once(post: Post) -> None:
    attachment = await post.keep(PDF, FileKind.FILE, "Mẫu đơn.pdf")
    post.zalo.order_fault(WORDS_TAKEN, method=CS)
    post.zalo.order_fault("server_error", method=CS)
    assert await post.send(Outgoing("Mẫu đơn", attachment=attachment)) == Receipt("m1", "reply")
    assert [received.kind for received in post.hoa.received] == ["text", "file"]


async def test_a_file_that_zalo_does_not_take_holds_its_words_back(post: Post) -> None:
    attachment = await post.keep(b"PK\x03\x04 xl/ made up", FileKind.FILE, "Danh sách.xlsx")
    error = await post.refused(Outgoing("Danh sách đây chị", attachment=attachment))
    assert told(error) == ("file_type", Retry.NEVER, Blame.MESSAGE, None)
    assert post.zalo.calls.entries == []


@pytest.mark.parametrize(
    ("language", "kind", "words"),
    [
        ("vi", FileKind.VOICE, "(Có kèm một đoạn ghi âm mà Zalo không chuyển được."),
        ("vi", FileKind.VIDEO, "(Có kèm một đoạn phim mà Zalo không chuyển được."),
    ],
)
async def test_a_recording_becomes_a_line_that_says_so(
    post: Post, language: str, kind: FileKind, words: str
) -> None:
    async with post.database.writing() as connection:
        await contacts.meet(
            connection,
            post.channel.account.account_id,
            post.hoa.user_id,
            language=language,
            now=post.clock(),
        )
    attachment = await post.keep(b"OggS made up", kind)
    await post.send(Outgoing("Chị nghe nhé", attachment=attachment))
    await post.send(Outgoing("x" * 1990, attachment=attachment))
    first, second = map(plain, post.messages())
    assert first.startswith(f"Chị nghe nhé\n\n{words}")
    assert second == "x" * 1990  # Her words are not cut for it.


# What is fetched, linked, parsed


async def test_the_channel_fetches_nothing_from_this_machine(post: Post) -> None:
    from bot.channels.contract import FetchError

    with pytest.raises(FetchError) as caught:
        await post.channel.fetch(RemoteFile(FileKind.IMAGE, "http://127.0.0.1:1/a.jpg"), most_bytes=100)
    assert (caught.value.code, caught.value.is_final) == ("not_public", True)


async def test_where_private_media_are_allowed_they_are_fetched(
    sqlite_template: SQLiteTemplate, clock: MovingClock
) -> None:
    async with on_sqlite(sqlite_template, clock, allow_private_media=True) as post:
        address = post.zalo.world.media_url(post.zalo.world.keep_media(JPEG, "image/jpeg", "a.jpg"))
        assert await post.channel.fetch(RemoteFile(FileKind.IMAGE, address), most_bytes=100) == JPEG


async def test_its_limits_are_zalo_s_and_the_settings_(post: Post) -> None:
    limits = post.channel.limits
    assert (limits.text_units, limits.per_second, limits.send_timeout) == (2000, 20, timedelta(seconds=30))
