"""The load of the benchmark of Zalo's webhook: signed events posted at a steady rate, whether or not the last is answered.

    python -m tests.bench.zalo_webhook_load URL COUNT RATE   (the rest, a JSON object, is read from standard input)

Prints one JSON object, a `Load`. A span begins when the event was
due, so that a service that is behind makes no rest for itself.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import aiohttp

from bot.answers.bank import read_bank
from bot.starting_content import CONTENT_FOLDER
from bot.text import fold
from tests.emulators.zalo_oa.signing import signature


@dataclass(frozen=True, slots=True)
class Source:
    """Whose events: the app and its key, the OA, and the people who write to it in turn."""

    app_id: str
    key: str
    oa_id: str
    user_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Load:
    rate: float  # At which they were really posted.
    sent_away: int  # Answered with anything but 200.
    median_ms: float
    p99_ms: float
    worst_ms: float


def _events(source: Source, count: int) -> list[tuple[bytes, dict[str, str]]]:
    """Questions as members type them: the bank's own phrasings without marks, one after the other."""
    bank = read_bank(CONTENT_FOLDER / "faq.vi.yaml")
    asked = [fold(phrasing) for entry in bank.entries for phrasing in entry.phrasings]
    timestamp = str(round(time.time() * 1000))
    return [_event(source, i, asked[i % len(asked)], timestamp) for i in range(count)]


def _event(source: Source, i: int, words: str, timestamp: str) -> tuple[bytes, dict[str, str]]:
    event = {
        "app_id": source.app_id,
        "sender": {"id": source.user_ids[i % len(source.user_ids)]},
        "recipient": {"id": source.oa_id},
        "event_name": "user_send_text",
        "message": {"text": words, "msg_id": f"{i:016x}"},
        "timestamp": timestamp,
    }
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return body, {"X-ZEvent-Signature": f"mac={signature(source.app_id, body, timestamp, source.key)}"}


async def main(url: str, count: int, rate: float, source: Source) -> None:
    waiting = _events(source, count)
    spans_ms: list[float] = []
    statuses: list[int] = []
    clock = asyncio.get_running_loop().time
    headers = {"Content-Type": "application/json", "User-Agent": "ZaloWebhook"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def post(body: bytes, signed: dict[str, str], due: float) -> None:
            async with session.post(url, data=body, headers=signed) as answer:
                await answer.read()
            spans_ms.append(1000 * (clock() - due))
            statuses.append(answer.status)

        began = clock()
        async with asyncio.TaskGroup() as posts:
            for number, (body, signed) in enumerate(waiting):
                due = began + number / rate
                await asyncio.sleep(max(0.0, due - clock()))
                posts.create_task(post(body, signed, due))
            posted_s = clock() - began
    p99_ms = statistics.quantiles(spans_ms, n=100)[-1]
    sent_away = len(statuses) - statuses.count(200)
    load = Load(count / posted_s, sent_away, statistics.median(spans_ms), p99_ms, max(spans_ms))
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Source(**json.load(sys.stdin))))
