from bot.channels.registry import Tools, platforms
from bot.channels.telegram.channel import Telegram
from bot.channels.web_chat.channel import WebChat
from bot.channels.zalo_bot.channel import ZaloBot
from bot.channels.zalo_oa.channel import ZaloOA
from bot.languages import Languages
from bot.store.database import Database
from bot.web.assets import Assets
from config.settings import Settings
from tests import people
from tests.conftest import MovingClock


async def test_every_channel_is_made_from_its_line(database: Database, clock: MovingClock) -> None:
    settings = Settings(
        _env_file=None,
        telegram_token="123456:SECRET",
        zalo_bot_token="789:SECRET",
        zalo_app_id="123",
        zalo_app_secret="SECRET",
    )
    tools = _tools(settings, database, clock)
    async with database.writing() as connection:
        await people.add_account(connection, channel="zalo_oa", external_id="7000", now=clock())
    channels = []
    for platform in platforms(tools):
        async with database.writing() as connection:
            accounts = await platform.open_accounts(connection, clock())
        made = [platform.channel(account) for account in accounts]
        assert [channel.name for channel in made] == [platform.name]
        assert [channel.account for channel in made] == accounts
        channels += made
    assert [type(channel) for channel in channels] == [WebChat, Telegram, ZaloBot, ZaloOA]


async def test_without_settings_there_is_the_web_chat_alone(database: Database, clock: MovingClock) -> None:
    settings = Settings(_env_file=None)
    tools = _tools(settings, database, clock)
    async with database.writing() as connection:
        opened = [await platform.open_accounts(connection, clock()) for platform in platforms(tools)]
    assert [account.channel for accounts in opened for account in accounts] == ["web_chat"]


def _tools(settings: Settings, database: Database, clock: MovingClock) -> Tools:
    return Tools(
        settings=settings,
        database=database,
        assets=Assets.load(),
        languages=Languages({}),
        clock=clock,
        secret_key="key",
        greeting=str,
    )
