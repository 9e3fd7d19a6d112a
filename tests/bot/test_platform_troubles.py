"""What is wrong with a platform as a whole is counted until it is mended."""

from datetime import timedelta

from bot import platform_troubles
from bot.platform_troubles import PlatformTrouble
from bot.store.database import Database
from tests.conftest import MovingClock


async def test_a_trouble_is_counted_until_it_is_cleared(database: Database, clock: MovingClock) -> None:
    first = clock()
    async with database.writing() as connection:
        await platform_troubles.note(connection, "zalo_oa", "webhook_unsigned", 1, first)
        clock.move(timedelta(minutes=1))
        await platform_troubles.note(connection, "zalo_oa", "webhook_unsigned", 3, clock())
        await platform_troubles.note(connection, "zalo_oa", "webhook_wrong_key", 2, clock())
        await platform_troubles.note(connection, "other", "webhook_unsigned", 1, clock())
    async with database.writing() as connection:
        assert await platform_troubles.open_troubles(connection) == [
            PlatformTrouble("zalo_oa", "webhook_unsigned", 4, first, clock()),
            PlatformTrouble("other", "webhook_unsigned", 1, clock(), clock()),
            PlatformTrouble("zalo_oa", "webhook_wrong_key", 2, clock(), clock()),
        ]
        await platform_troubles.clear(connection, "zalo_oa", "webhook_unsigned")
        await platform_troubles.clear(connection, "zalo_oa", "never_seen")
        codes = [trouble.code for trouble in await platform_troubles.open_troubles(connection)]
    assert codes == ["webhook_unsigned", "webhook_wrong_key"]
