"""What a channel's factory is given to make a channel with."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.languages import Languages
from bot.store.database import Database
from bot.web.assets import Assets
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Tools:
    """The parts of the service that channels share."""

    settings: Settings
    database: Database
    assets: Assets
    languages: Languages
    clock: Clock
    secret_key: str
    greeting: Callable[[str], str]  # What a newcomer reads first, in the language given.
