"""Approved wordings: the list as Zalo tells it, what is checked before anything is called, and sending one."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import date, timedelta
from gettext import NullTranslations
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.contract import Blame, Outgoing, Receipt, Retry, TemplateCall
from bot.channels.zalo_oa import templates
from bot.channels.zalo_oa.errors import ServerTrouble
from bot.channels.zalo_oa.templates import Param, Template
from bot.clock import LONG_PAST
from bot.store.database import Database
from bot.store.tables import message_templates
from tests.bot.channels.zalo_oa.sending_fixtures import Post, on_sqlite, opened, told
from tests.conftest import MovingClock
from tests.databases import SQLiteTemplate
from tests.emulators.zalo_oa.templates import Param as ZaloParam
from tests.emulators.zalo_oa.templates import State

BY_UID, BY_PHONE, BY_HASH = "v3.0/oa/message/template", "message/template", "message/template/hashphone"
VALUES = {"ten": "Hoa", "noi_dung": "mời chị họp"}


@pytest.fixture
async def post(sqlite_template: SQLiteTemplate, clock: MovingClock) -> AsyncIterator[Post]:
    async with on_sqlite(sqlite_template, clock) as made:
        made.zalo.oa.zca_balance_vnd = 10_000
        yield made


@pytest.fixture
async def kept_post(
    fresh_database: AbstractAsyncContextManager[Database], clock: MovingClock
) -> AsyncIterator[Post]:
    """With a database of each kind."""
    async with fresh_database as database, opened(database, clock) as made:
        made.zalo.oa.zca_balance_vnd = 10_000
        yield made


def message(template_id: str, phone: str = "", **values: str) -> Outgoing:
    return Outgoing("Chào chị Hoa", template=TemplateCall(template_id, values or VALUES, phone))


async def rows(post: Post) -> list[sa.Row[Any]]:
    async with post.database.reading() as connection:
        return list(
            await connection.execute(sa.select(message_templates).order_by(message_templates.c.template_id))
        )


# The list


async def test_the_list_is_kept_as_zalo_tells_it(kept_post: Post, clock: MovingClock) -> None:
    first = kept_post.zalo.template()
    kept_post.zalo.template(
        "Ngày <ngay>: <so> đồng",
        ZaloParam("ngay", "DATE"),
        ZaloParam("so", "NUMBER", max_length=9, is_required=False),
        state=State.REJECT,
        reason="Sai chính tả",
        price_vnd=300,
    )
    assert await kept_post.channel.templates.refresh() == 2
    one, two = await rows(kept_post)
    assert templates.read_row(one) == Template(
        first.template_id,
        first.name,
        "ENABLE",
        (Param("ten", max_length=30), Param("noi_dung", max_length=200)),
        price=200,
        price_by_uid=200,
        tag="TRANSACTION",
        preview=f"https://zns.oa.zalo.me/znspreview/{first.template_id}",
    )
    rejected = templates.read_row(two)
    assert (rejected.is_approved, rejected.reason, rejected.price) == (False, "Sai chính tả", 300)
    assert rejected.params == (
        Param("ngay", "DATE", 100),
        Param("so", "NUMBER", 9, is_required=False),
    )
    assert one.fetched_at == clock()


async def test_the_list_follows_zalo_s(kept_post: Post) -> None:
    gone, stays = kept_post.zalo.template(), kept_post.zalo.template()
    await kept_post.channel.templates.refresh()
    del kept_post.zalo.oa.templates[gone.template_id]
    stays.state = State.DISABLE
    assert await kept_post.channel.templates.refresh() == 1
    assert [(row.template_id, row.state) for row in await rows(kept_post)] == [(stays.template_id, "DISABLE")]


async def test_a_list_of_over_a_hundred_is_read_whole(post: Post) -> None:
    for _ in range(101):
        post.zalo.template()
    assert await post.channel.templates.refresh() == 101
    assert len(post.zalo.calls.of("template/all")) == 2


async def test_a_list_that_breaks_off_changes_nothing(kept_post: Post) -> None:
    kept_post.zalo.template()
    await kept_post.channel.templates.refresh()
    kept_post.zalo.template()
    kept_post.zalo.order_fault("server_error", method="template/info/v2")
    with pytest.raises(ServerTrouble):
        await kept_post.channel.templates.refresh()
    assert len(await rows(kept_post)) == 1


# What is checked

CHECKED = Template(
    "1",
    "Mời họp",
    "ENABLE",
    (
        Param("ten", max_length=10),
        Param("ngay", "DATE"),
        Param("tien", "NUMBER", is_required=False),
        Param("ma", min_length=3, is_required=False),
    ),
)
GOOD = {"ten": "Hoa", "ngay": "08/03/2027"}


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        (GOOD, []),
        (GOOD | {"ngay": "18:30:00 08/03/2027", "tien": "-1.5", "ma": "abc"}, []),
        ({"ngay": "08/03/2027"}, ["Chưa điền ô “ten”."]),
        (GOOD | {"ten": ""}, ["Chưa điền ô “ten”."]),
        (GOOD | {"ten": "Nguyễn Thị Hoa"}, ["Ô “ten” dài 14 chữ, Zalo chỉ nhận 10."]),
        (GOOD | {"ngay": "8-3-2027"}, ["Ô “ngay” phải là ngày, ví dụ 08/03/2027."]),
        (GOOD | {"tien": "1.500đ"}, ["Ô “tien” phải là một số, ví dụ 1500."]),
        (GOOD | {"ma": "ab"}, ["Ô “ma” cần ít nhất 3 chữ."]),
        (GOOD | {"la": "x"}, ["Mẫu tin không có ô “la”."]),
        ({}, ["Chưa điền ô “ten”.", "Chưa điền ô “ngay”."]),
    ],
)
def test_values_are_checked_against_the_template(values: dict[str, str], faults: list[str]) -> None:
    assert templates.check(CHECKED, values, NullTranslations().gettext) == faults


async def test_what_is_wrong_is_found_before_anything_is_called(post: Post) -> None:
    template = post.zalo.template()
    await post.channel.templates.refresh()
    post.zalo.calls.forget()
    error = await post.refused(message(template.template_id, ten="x" * 31, noi_dung="y"))
    assert told(error) == ("template_values", Retry.NEVER, Blame.MESSAGE, None)
    assert post.zalo.calls.entries == []


@pytest.mark.parametrize("state", [State.PENDING_REVIEW, State.REJECT, State.DISABLE])
async def test_a_template_that_is_not_approved_is_not_sent(post: Post, state: State) -> None:
    template = post.zalo.template(state=state)
    await post.channel.templates.refresh()
    post.zalo.calls.forget()
    error = await post.refused(message(template.template_id, "+84912000111"))
    assert told(error) == ("template_not_approved", Retry.NEVER, Blame.MESSAGE, None)
    assert post.zalo.calls.entries == []


async def test_one_that_was_not_approved_is_asked_about_again_after_a_while(
    kept_post: Post, clock: MovingClock
) -> None:
    template = kept_post.zalo.template(state=State.PENDING_REVIEW)
    await kept_post.channel.templates.refresh()
    template.state = State.ENABLE
    assert (await kept_post.refused(message(template.template_id))).code == "template_not_approved"
    clock.move(timedelta(minutes=10))
    await kept_post.send(message(template.template_id))
    assert [row.state for row in await rows(kept_post)] == ["ENABLE"]


async def test_one_of_which_zalo_told_a_change_is_asked_about_again(kept_post: Post) -> None:
    template = kept_post.zalo.template()
    await kept_post.channel.templates.refresh()
    template.state = State.DISABLE
    async with kept_post.database.writing() as connection:
        await connection.execute(sa.update(message_templates).values(fetched_at=LONG_PAST))
    assert (await kept_post.refused(message(template.template_id))).code == "template_not_approved"


@pytest.mark.parametrize("fault", ["bad_gateway_html", "html", "cut_after_accepting", -100])
async def test_a_question_about_a_template_that_fails_has_sent_nothing(post: Post, fault: str | int) -> None:
    template = post.zalo.template()
    post.zalo.order_fault(fault, method="template/info/v2")
    assert (await post.refused(message(template.template_id))).retry is Retry.LATER
    assert [call.method for call in post.zalo.calls.entries] == ["template/info/v2"]


async def test_one_that_zalo_does_not_have_is_refused(post: Post) -> None:
    assert (await post.refused(message("123"))).code == "template_unknown"
    assert [call.method for call in post.zalo.calls.entries] == ["template/info/v2"]


async def test_one_that_is_not_in_the_list_yet_is_asked_about(kept_post: Post) -> None:
    template = kept_post.zalo.template()
    await kept_post.send(message(template.template_id))
    assert [row.template_id for row in await rows(kept_post)] == [template.template_id]


# Sending


async def test_by_uid_it_goes_to_who_wrote_within_a_year(post: Post) -> None:
    template = post.zalo.template()
    lan = post.zalo.user(name="Lan", interacted=timedelta(days=300))
    receipt = await post.send(message(template.template_id), lan.user_id)
    [received] = await lan.hears()
    assert (received.text, received.message_id) == ("Chào chị Hoa, mời chị họp", receipt.platform_id)
    assert receipt.charge == "template"
    assert received.raw == {
        "user_id": lan.user_id,
        "template_id": template.template_id,
        "template_data": VALUES,
    }
    post.zalo.oa.purchase_quota = 1
    assert (await post.send(message(template.template_id), lan.user_id)).charge == "purchase_quota"


async def test_by_phone_it_reaches_who_never_wrote(post: Post) -> None:
    template = post.zalo.template()
    stranger = post.zalo.user(phone="84912555666")
    key = "delivery:12"
    receipt = await post.send(message(template.template_id, "+84912555666"), key=key)
    [received] = stranger.person.templates.received
    assert receipt == Receipt(received.message_id, "template")
    assert received.raw["phone"] == "84912555666"
    assert received.raw["tracking_id"] == key
    assert "mode" not in received.raw


async def test_where_the_account_wants_it_the_number_goes_as_a_hash(
    fresh_database: AbstractAsyncContextManager[Database], clock: MovingClock
) -> None:
    settings = {templates.HASHES_PHONES: True}
    async with fresh_database as database, opened(database, clock, account_settings=settings) as post:
        post.zalo.oa.zca_balance_vnd = 1000
        template = post.zalo.template()
        post.zalo.user(phone="84912555666")
        await post.send(message(template.template_id, "+84912555666"))
        [call] = post.zalo.calls.of(BY_HASH)
        assert call.params["phone"] == hashlib.sha256(b"84912555666").hexdigest()
        assert "84912555666" not in str(call.params)


async def test_a_lost_answer_to_a_template_stays_in_doubt(post: Post) -> None:
    template = post.zalo.template()
    post.zalo.order_fault("close_after_accepting", method=BY_UID)
    post.zalo.order_fault("close_after_accepting", method=BY_PHONE)
    assert (await post.refused(message(template.template_id))).retry is Retry.UNKNOWN
    error = await post.refused(message(template.template_id, f"+{post.hoa.person.phone}"))
    assert (error.code, error.retry) == ("zalo_oa_answer_lost", Retry.UNKNOWN)


@pytest.mark.parametrize(
    ("phone", "code"),
    [("+84900000009", "zalo_oa_no_zalo"), ("+8412", "zalo_oa_bad_phone")],
)
async def test_a_number_that_zalo_does_not_take_concerns_that_message_only(
    post: Post, phone: str, code: str
) -> None:
    template = post.zalo.template()
    error = await post.refused(message(template.template_id, phone))
    assert told(error) == (code, Retry.NEVER, Blame.MESSAGE, None)


async def test_at_night_a_template_by_phone_waits_for_the_morning(post: Post, clock: MovingClock) -> None:
    template = post.zalo.template()
    clock.move(timedelta(hours=14))  # 23 o'clock in Viet Nam.
    error = await post.refused(message(template.template_id, f"+{post.hoa.person.phone}"))
    assert told(error) == ("zalo_oa_night", Retry.LATER, Blame.MESSAGE, timedelta(hours=7))


async def test_an_old_template_goes_by_phone_only(post: Post) -> None:
    template = post.zalo.template(made_on=date(2025, 12, 9))
    assert (await post.refused(message(template.template_id))).code == "zalo_oa_template_not_by_uid"
    await post.send(message(template.template_id, f"+{post.hoa.person.phone}"))
