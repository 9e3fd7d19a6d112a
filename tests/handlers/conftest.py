import pytest

from bot.store.database import Database
from tests.conftest import MovingClock
from tests.handlers import on_duty
from tests.handlers.on_duty import OnDuty
from tests.parts import make_parts


@pytest.fixture
async def duty(database: Database, clock: MovingClock) -> OnDuty:
    """Mai and Thu have both written, so that a message may go to them."""
    told = await on_duty.settle(database, clock, make_parts())
    for address in ("mai", "thu"):
        await told.chat(address).says("chào")
    return told
