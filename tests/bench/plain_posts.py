"""The posting alone, as aiohttp comes: so many bodies like ours, so many at once, each answer read as JSON.

python -m tests.bench.plain_posts BASE TOKEN FIRST_USER COUNT IN_FLIGHT
"""

import asyncio
import sys

import aiohttp

from tests.bench.measured import measure
from tests.crowd import TEXT


async def main(base: str, token: str, first: int, count: int, in_flight: int) -> None:
    headers = {"access_token": token}
    text = TEXT.replace("{{ten}}", "Hoa").replace("{{xa}}", "Bến Thử")
    slots = asyncio.Semaphore(in_flight)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(user_id: int) -> None:
            body = {"recipient": {"user_id": str(user_id)}, "message": {"text": text}}
            async with (
                slots,
                session.post(f"{base}/v3.0/oa/message/cs", json=body, headers=headers) as answer,
            ):
                assert (await answer.json())["error"] == 0

        async def all_of_them() -> None:
            await asyncio.gather(*(one(first + i) for i in range(count)))

        await measure(all_of_them)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])))
