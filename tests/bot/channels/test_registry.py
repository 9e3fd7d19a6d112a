from bot.channels.registry import FACTORIES, Tools
from bot.channels.telegram.channel import Telegram
from bot.channels.web_chat.channel import WebChat
from bot.channels.zalo_bot.channel import ZaloBot
from bot.languages import Languages
from bot.store.database import Database
from bot.web.assets import Assets
from config.settings import Settings
from tests.conftest import MovingClock


async def test_every_channel_is_made_from_its_line(database: Database, clock: MovingClock) -> None:
    settings = Settings(_env_file=None, telegram_token="123456:SECRET", zalo_bot_token="789:SECRET")
    tools = Tools(
        settings=settings,
        database=database,
        assets=Assets.load(),
        languages=Languages({}),
        clock=clock,
        secret_key="key",
        greeting=str,
    )
    channels = []
    for factory in FACTORIES:
        async with database.writing() as connection:
            accounts = await factory.open_accounts(connection, settings, clock())
        made = [factory.create(account, tools) for account in accounts]
        assert [channel.name for channel in made] == [factory.name]
        assert [channel.account for channel in made] == accounts
        channels += made
    assert [type(channel) for channel in channels] == [WebChat, Telegram, ZaloBot]


async def test_without_settings_there_is_the_web_chat_alone(database: Database, clock: MovingClock) -> None:
    settings = Settings(_env_file=None)
    async with database.writing() as connection:
        opened = [await factory.open_accounts(connection, settings, clock()) for factory in FACTORIES]
    assert [account.channel for accounts in opened for account in accounts] == ["web_chat"]
