import pytest

from bot import accounts, groups
from bot.channels.contract import SendError
from bot.channels.zalo_oa.care import ZaloOACare
from bot.channels.zalo_oa.client import Api, OAClient
from bot.channels.zalo_oa.refusals import sentence
from bot.groups import Group
from tests.bot.channels.zalo_oa.conftest import Grant
from tests.conftest import MovingClock
from tests.emulators.zalo_oa import Param, State, Template, ZaloOAEmulator


async def test_officers_see_the_templates_that_zalo_has_and_what_each_costs(
    grant: Grant, api: Api, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    zalo.oa.templates["88"] = Template(
        "88",
        "Nhắc họp",
        "Chào <ten>, họp ngày <ngay>.",
        (Param("ten"), Param("ngay")),
        State.REJECT,
        reason="Sai",
    )
    care = ZaloOACare(grant.database, lambda _account: OAClient(api, grant.tokens), clock)
    assert await care.fetch_templates(grant.account_id) == len(zalo.oa.templates)
    async with grant.database.reading() as connection:
        found = {one.template_id: one for one in await accounts.templates(connection, grant.account_id)}
    one = found["88"]
    assert (one.name, one.state, one.prices) == ("Nhắc họp", "REJECT", (200, 200))
    assert (one.parameters, one.reason) == (["ten", "ngay"], "Sai")


async def test_what_zalo_refuses_is_a_code_with_a_sentence(
    grant: Grant, api: Api, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    zalo.order_fault(-32, times=None)
    care = ZaloOACare(grant.database, lambda _account: OAClient(api, grant.tokens), clock)
    with pytest.raises(SendError) as caught:
        await care.fetch_templates(grant.account_id)
    assert sentence(caught.value.code)


async def test_the_groups_that_zalo_has_are_kept_and_replace_those_before(
    grant: Grant, api: Api, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    care = ZaloOACare(grant.database, lambda _account: OAClient(api, grant.tokens), clock)
    made = zalo.group(name="Cán bộ Hội xã")
    zalo.group(name="\u202eĐảo\n" + "dài " * 100)
    assert await care.fetch_groups(grant.account_id) == 2
    made.is_disabled = True
    assert await care.fetch_groups(grant.account_id) == 2
    async with grant.database.reading() as connection:
        [row] = await accounts.active(connection)
    found = groups.of(row.id, row.name, row.settings)
    assert found is not None
    assert found.account_id == grant.account_id
    assert found.groups[0] == Group(f"group:{made.group_id}", "Cán bộ Hội xã", 0, is_open=False)
    assert len(found.groups[1].name) <= 100
    assert "\n" not in found.groups[1].name


async def test_groups_that_zalo_does_not_tell_leave_what_was_known(
    grant: Grant, api: Api, zalo: ZaloOAEmulator, clock: MovingClock
) -> None:
    care = ZaloOACare(grant.database, lambda _account: OAClient(api, grant.tokens), clock)
    zalo.group()
    await care.fetch_groups(grant.account_id)
    zalo.order_fault(-32, times=None)
    with pytest.raises(SendError) as caught:
        await care.fetch_groups(grant.account_id)
    assert sentence(caught.value.code)
    async with grant.database.reading() as connection:
        [row] = await accounts.active(connection)
    found = groups.of(row.id, row.name, row.settings)
    assert found is not None
    assert len(found.groups) == 1
