"""The load of the intake benchmark: updates posted as Telegram posts them, each from a chat of its own.

    python -m tests.bench.webhook_load URL COUNT   (the secret is read from standard input)

Prints one JSON object, a `Load`; fails when an update is answered with anything but 200.
"""

import asyncio
import json
import statistics
import sys
from dataclasses import asdict, dataclass

import aiohttp

from bot.answers.bank import read_bank
from bot.starting_content import CONTENT_FOLDER
from bot.text import fold

_CONNECTIONS = 40
_FIRST_CHAT = 4_000_000_001
_SECRET = "X-Telegram-Bot-Api-Secret-Token"


@dataclass(frozen=True, slots=True)
class Load:
    seconds: float
    median_ms: float  # From a request's start to the end of its answer.
    p99_ms: float


def updates(count: int) -> list[bytes]:
    """Questions as members type them: the bank's own phrasings without marks, one after the other."""
    bank = read_bank(CONTENT_FOLDER / "faq.vi.yaml")
    asked = [fold(phrasing) for entry in bank.entries for phrasing in entry.phrasings]
    return [_update(i, asked[i % len(asked)]) for i in range(count)]


def _update(i: int, words: str) -> bytes:
    chat_id = _FIRST_CHAT + i
    sender = {"id": chat_id, "is_bot": False, "first_name": "Hoa", "language_code": "vi"}
    message = {
        "message_id": 1,
        "from": sender,
        "chat": {"id": chat_id, "first_name": "Hoa", "type": "private"},
        "date": 1_795_000_000,
        "text": words,
    }
    return json.dumps({"update_id": 900_000_001 + i, "message": message}).encode()


async def main(url: str, count: int, secret: str) -> None:
    waiting = updates(count)
    headers = {"Content-Type": "application/json", _SECRET: secret}
    spans_ms: list[float] = []
    clock = asyncio.get_running_loop().time
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def connection() -> None:
            while waiting:
                body = waiting.pop()
                began = clock()
                async with session.post(url, data=body) as answer:
                    assert answer.status == 200, answer.status
                    await answer.read()
                spans_ms.append(1000 * (clock() - began))

        began = clock()
        await asyncio.gather(*(connection() for _ in range(_CONNECTIONS)))
        seconds = clock() - began
    load = Load(seconds, statistics.median(spans_ms), statistics.quantiles(spans_ms, n=100)[-1])
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.stdin.read()))
