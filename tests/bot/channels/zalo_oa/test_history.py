"""A message whose answer was lost is looked up in the chat: found, it was sent; in any doubt, it stays in doubt."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.channels.contract import FileKind, Outgoing, Receipt, Retry
from bot.channels.zalo_oa import history
from tests.bot.channels.zalo_oa.sending_fixtures import CS, JPEG, Post, on_sqlite
from tests.conftest import MovingClock
from tests.databases import SQLiteTemplate
from tests.emulators.faults import Fault, patience

HELLO = Outgoing("cha\u0300o chị")
CONVERSATION = "v2.0/oa/conversation"
PATIENCE_S = patience("hang").total_seconds()


@pytest.fixture
async def post(sqlite_template: SQLiteTemplate, clock: MovingClock) -> AsyncIterator[Post]:
    async with on_sqlite(sqlite_template, clock) as opened:
        yield opened


@pytest.fixture
async def hasty(sqlite_template: SQLiteTemplate, clock: MovingClock) -> AsyncIterator[Post]:
    """Does not wait for Zalo's answers for long."""
    async with on_sqlite(sqlite_template, clock, zalo_oa_send_timeout_s=PATIENCE_S) as opened:
        yield opened


LOST = ["close_after_accepting", "cut_after_accepting", "bad_gateway_after_accepting", "html_after_accepting"]


@pytest.mark.parametrize("fault", LOST)
async def test_a_lost_answer_to_a_message_that_arrived_is_a_receipt(post: Post, fault: str) -> None:
    post.zalo.order_fault(fault, method=CS)
    receipt = await post.send(HELLO)
    [received] = await post.hoa.hears()
    assert receipt == Receipt(received.message_id)


async def test_so_is_an_answer_that_never_comes(hasty: Post) -> None:
    hasty.zalo.order_fault("hang_after_accepting", method=CS)
    assert (await hasty.send(HELLO)).platform_id == hasty.hoa.received[0].message_id


async def test_and_one_that_zalo_calls_failed_though_it_arrived(post: Post) -> None:
    post.zalo.order_fault(-200, method=CS, accepts=True)
    assert (await post.send(HELLO)).platform_id == post.hoa.received[0].message_id


async def test_a_message_that_is_not_found_stays_in_doubt(post: Post) -> None:
    post.zalo.order_fault("bad_gateway_html", method=CS)
    assert (await post.refused(HELLO)).retry is Retry.UNKNOWN


@pytest.mark.parametrize("fault", [-32, -216, "server_error", "html", Fault(body=b'{"error":0,"data":{"a":1}}'),
                                   Fault(body=b'{"error":0,"data":[1,{},{"src":0,"time":"x"}]}')])  # fmt: skip
async def test_where_the_chat_cannot_be_read_it_stays_in_doubt(post: Post, fault: str | int | Fault) -> None:
    post.zalo.order_fault("close_after_accepting", method=CS)
    post.zalo.order_fault(fault, method=CONVERSATION, times=2)
    assert (await post.refused(HELLO)).retry is Retry.UNKNOWN


async def test_an_earlier_message_of_the_same_words_is_not_taken_for_it(
    post: Post, clock: MovingClock
) -> None:
    await post.send(HELLO, key="reply:1")
    clock.move(timedelta(seconds=2))
    post.zalo.order_fault("bad_gateway_html", method=CS)
    assert (await post.refused(HELLO, key="reply:2")).retry is Retry.UNKNOWN
    post.zalo.order_fault("close_after_accepting", method=CS)
    assert (await post.send(HELLO, key="reply:3")).platform_id == post.hoa.received[1].message_id


async def test_the_same_words_twice_leave_it_in_doubt(post: Post) -> None:
    # Another process of ours said the same a moment ago.
    post.zalo.admin_says(post.hoa, "chào chị")
    post.zalo.order_fault("close_after_accepting", method=CS)
    assert (await post.refused(HELLO)).retry is Retry.UNKNOWN


async def test_what_was_said_long_before_is_not_taken_for_it(post: Post, clock: MovingClock) -> None:
    post.zalo.admin_says(post.hoa, "chào chị")
    clock.move(timedelta(seconds=6))
    post.zalo.order_fault("bad_gateway_html", method=CS)
    assert (await post.refused(HELLO)).retry is Retry.UNKNOWN


async def test_her_own_words_are_not_taken_for_ours(post: Post) -> None:
    await post.hoa.says("chào chị")
    post.zalo.order_fault("bad_gateway_html", method=CS)
    assert (await post.refused(HELLO)).retry is Retry.UNKNOWN


async def test_a_picture_without_words_cannot_be_looked_up(post: Post) -> None:
    attachment = await post.keep(JPEG, FileKind.IMAGE)
    post.zalo.order_fault("close_after_accepting", method=CS)
    assert (await post.refused(Outgoing(" ", attachment=attachment))).retry is Retry.UNKNOWN
    assert post.zalo.calls.of(CONVERSATION) == []


async def test_a_send_with_its_looking_up_ends_within_its_time(hasty: Post) -> None:
    hasty.zalo.order_fault("hang", method=CS)
    hasty.zalo.order_fault("hang", method=CONVERSATION)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await hasty.refused(HELLO)).retry is Retry.UNKNOWN
    # Were each of the two calls given its full time, it would be one and a half times as long.
    assert loop.time() - began < 1.45 * PATIENCE_S


async def test_a_chat_is_read_newest_first_and_in_pages(post: Post, clock: MovingClock) -> None:
    for number in range(12):
        await post.hoa.says(f"câu {number}")
        clock.move(timedelta(seconds=1))
    await post.send(HELLO)
    first = await history.conversation(post.client, post.hoa.user_id)
    rest = await history.conversation(post.client, post.hoa.user_id, offset=10)
    assert [said.text for said in first][:2] == ["chào chị", "câu 11"]
    assert (first[0].is_ours, first[1].is_ours, first[1].kind) == (True, False, "text")
    assert (len(first), [said.text for said in rest]) == (10, ["câu 2", "câu 1", "câu 0"])
    assert first[0].at == clock()


async def test_the_last_message_of_each_chat_is_listed(post: Post, clock: MovingClock) -> None:
    lan = post.zalo.user(name="Lan")
    await post.hoa.says("một")
    clock.move(timedelta(seconds=1))
    await lan.says("hai")
    chats = await history.recent_chats(post.client)
    assert [(said.text, said.from_id) for said in chats] == [("hai", lan.user_id), ("một", post.hoa.user_id)]
