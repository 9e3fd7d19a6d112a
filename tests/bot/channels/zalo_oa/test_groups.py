"""Groups that the account is in, and articles to its followers."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.contract import Blame, Choice, Outgoing, Retry
from bot.channels.zalo_oa import articles, groups
from bot.channels.zalo_oa.articles import Target
from bot.channels.zalo_oa.errors import Refused
from bot.channels.zalo_oa.groups import Group
from bot.channels.zalo_oa.refusals import sentence
from tests.bot.channels.zalo_oa.sending_fixtures import JPEG, Post, on_sqlite, told
from tests.conftest import MovingClock
from tests.databases import SQLiteTemplate

HELLO = Outgoing("Mời các chị họp")
LIST, SEND = "v3.0/oa/group/getgroupsofoa", "v3.0/oa/group/message"


@pytest.fixture
async def post(sqlite_template: SQLiteTemplate, clock: MovingClock) -> AsyncIterator[Post]:
    async with on_sqlite(sqlite_template, clock) as opened:
        yield opened


async def test_the_groups_are_listed(post: Post) -> None:
    made = post.zalo.group(post.hoa, name="Cán bộ Hội xã")
    closed = post.zalo.group(name="Cũ")
    closed.is_disabled = True
    assert await groups.groups_of(post.client) == [
        Group(made.group_id, "Cán bộ Hội xã", 1, is_open=True),
        Group(closed.group_id, "Cũ", 0, is_open=False),
    ]


async def test_many_groups_are_listed_in_pages(post: Post) -> None:
    for _ in range(51):
        post.zalo.group()
    assert len({group.group_id for group in await groups.groups_of(post.client)}) == 51


async def test_where_zalo_wants_plain_parameters_it_gets_them(post: Post) -> None:
    post.zalo.group()
    post.zalo.order_fault(-201, method=LIST)
    assert len(await groups.groups_of(post.client)) == 1
    assert [call.params for call in post.zalo.calls.of(LIST)] == [
        {"offset": 0, "count": 50},
        {"offset": "0", "count": "50"},
    ]


async def test_a_message_goes_to_a_group_with_its_buttons_or_picture(post: Post) -> None:
    group = post.zalo.group(post.hoa)
    address = Group(group.group_id, "", 1, is_open=True).address
    receipt = await post.send(Outgoing("Đi không?", (Choice("1", "Có"),)), address)
    await post.send(Outgoing("Lịch", attachment=await post.keep(JPEG)), address)
    first, second = group.received
    assert (first.text, [button.title for button in first.buttons]) == ("Đi không?", ["Có"])
    assert (receipt.platform_id, receipt.charge) == (first.message_id, "")
    assert (second.kind, second.text) == ("image", "Lịch")


@pytest.mark.parametrize("number", [-403, -237])
async def test_a_group_that_is_closed_stops_nothing_else(post: Post, number: int) -> None:
    closed, other = post.zalo.group(), post.zalo.group()
    closed.has_oa, closed.is_disabled = number != -403, number == -237
    error = await post.refused(HELLO, f"group:{closed.group_id}")
    assert told(error) == ("zalo_oa_group_closed", Retry.NEVER, Blame.CONTACT, None)
    await post.send(HELLO, f"group:{other.group_id}")


@pytest.mark.parametrize("number", [-221, -223, -224, -321])
async def test_a_package_without_groups_stops_no_answers(post: Post, number: int) -> None:
    group = post.zalo.group()
    post.zalo.order_fault(number, method=SEND)
    assert (await post.refused(HELLO, f"group:{group.group_id}")).blame is Blame.MESSAGE
    await post.send(HELLO)


async def test_a_lost_answer_from_a_group_stays_in_doubt(post: Post) -> None:
    group = post.zalo.group()
    post.zalo.order_fault("close_after_accepting", method=SEND)
    assert (await post.refused(HELLO, f"group:{group.group_id}")).retry is Retry.UNKNOWN
    assert [call.method for call in post.zalo.calls.entries] == [SEND]


# Articles


async def test_an_article_goes_to_the_followers(post: Post) -> None:
    article = post.zalo.article()
    message_id = await articles.broadcast(post.client, [article], Target())
    [received] = await post.hoa.hears()
    assert (received.kind, received.message_id) == ("article", message_id)


@pytest.mark.parametrize(
    ("target", "fields"),
    [
        (Target(), {}),
        (Target(ages=(2, 3), gender=0), {"ages": "2,3", "gender": "0"}),
        (Target(locations=(2,), platform=(1, 2)), {"locations": "2", "platform": "1,2"}),
        (Target(locations=(2,), cities=(4, 9)), {"cities": "4,9"}),
    ],
)
async def test_the_target_is_told_in_zalo_s_numbers(
    post: Post, target: Target, fields: dict[str, Any]
) -> None:
    await articles.broadcast(post.client, [post.zalo.article()], target)
    [call] = post.zalo.calls.entries
    assert call.params["recipient"] == {"target": fields}


async def test_an_article_that_is_being_processed_is_refused_with_its_number(post: Post) -> None:
    post.zalo.order_fault(-214)
    with pytest.raises(Refused) as caught:
        await articles.broadcast(post.client, [post.zalo.article()], Target())
    assert caught.value.code == -214


@pytest.mark.parametrize("count", [0, 6])
async def test_one_to_five_articles_go_at_once(post: Post, count: int) -> None:
    with pytest.raises(ValueError, match="one to 5"):
        await articles.broadcast(post.client, ["a"] * count, Target())


async def test_an_article_is_sent_in_place_of_words_and_to_nobody_by_name(post: Post) -> None:
    article = post.zalo.article()
    receipt = await post.send(Outgoing("Lời nhắn", article=article), article)
    [received] = await post.hoa.hears()
    assert (received.kind, received.message_id) == ("article", receipt.platform_id)
    assert [call.method for call in post.zalo.calls.entries] == ["v2.0/oa/message"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (-214, ("zalo_oa_article_in_work", Retry.LATER, Blame.MESSAGE, timedelta(minutes=10))),
        (-223, ("zalo_oa_not_allowed", Retry.NEVER, Blame.MESSAGE, None)),
        (-200, ("zalo_oa_trouble", Retry.UNKNOWN, Blame.MESSAGE, None)),
        ("close_after_accepting", ("zalo_oa_answer_lost", Retry.UNKNOWN, Blame.MESSAGE, None)),
    ],
)
async def test_what_a_refused_article_means(post: Post, number: Any, expected: tuple[Any, ...]) -> None:
    article = post.zalo.article()
    post.zalo.order_fault(number)
    assert told(await post.refused(Outgoing("", article=article), article)) == expected
    await post.send(HELLO)  # It stops nothing else.


async def test_an_article_that_is_not_there_is_refused_for_good(post: Post) -> None:
    error = await post.refused(Outgoing("", article="ARTICLE-none"), "ARTICLE-none")
    assert told(error) == ("zalo_oa_no_article", Retry.NEVER, Blame.MESSAGE, None)
    assert "mã bài viết" in sentence(error.code)
