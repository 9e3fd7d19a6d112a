"""What somebody would write without us: a loop over a list, so many sends at once, no ledger and no pace.

    python -m tests.bench.naive_loops ptb|aiogram BASE COUNT IN_FLIGHT

Each library as it comes: python-telegram-bot with its default request, aiogram with its default session.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from tests.bench.measured import measure
from tests.crowd import TEXT, TOKEN

_FIRST_CHAT = 3_000_000_001


async def main(library: str, base: str, count: int, in_flight: int) -> None:
    async def work(send: Callable[[int], Awaitable[object]]) -> None:
        slots = asyncio.Semaphore(in_flight)

        async def one(chat_id: int) -> None:
            async with slots:
                await send(chat_id)

        await asyncio.gather(*(one(_FIRST_CHAT + i) for i in range(count)))

    # Each library alone, so that the memory is its own.
    if library == "ptb":
        from telegram import Bot

        async with Bot(TOKEN, base_url=f"{base}/bot") as bot:
            await measure(lambda: work(lambda chat_id: bot.send_message(chat_id, TEXT)))
    else:
        from aiogram import Bot as AiogramBot
        from aiogram.client.session.aiohttp import AiohttpSession
        from aiogram.client.telegram import TelegramAPIServer

        session = AiohttpSession(api=TelegramAPIServer.from_base(base))
        async with AiogramBot(TOKEN, session=session) as aiogram_bot:
            await measure(lambda: work(lambda chat_id: aiogram_bot.send_message(chat_id, TEXT)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
