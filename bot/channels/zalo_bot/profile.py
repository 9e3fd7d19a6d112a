"""What Zalo says of the bot itself; asking for it is also how we know that the token is good."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot import text
from bot.channels.zalo_bot.client import Client
from bot.channels.zalo_bot.errors import ZaloBotError
from bot.channels.zalo_bot.updates import id_of

_NAME_UNITS = 100


@dataclass(frozen=True, slots=True)
class Profile:
    bot_id: str
    name: str  # As people see it in Zalo; "" where Zalo does not say.


async def learn(client: Client) -> Profile:
    """Raises as `Client.call` does."""
    me = await client.call("getMe")
    if not isinstance(me, Mapping):
        raise ZaloBotError("getMe answered with something else than a bot")
    names = (me.get(key) for key in ("display_name", "account_name"))
    name = next((found for found in names if isinstance(found, str) and found.strip()), "")
    return Profile(id_of(me.get("id")), text.cut(text.clean(name), _NAME_UNITS))
