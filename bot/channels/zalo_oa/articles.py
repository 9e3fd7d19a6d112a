"""Broadcasts an article of the Official Account to its followers (zalo-oa.md 3.4, 2026-11).

The article is written in Zalo's own tool; Zalo looks it over for about half an hour and picks the followers itself, so
nobody is told one by one what became of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

_MESSAGE = "/v2.0/oa/message"
_MOST = 5


class Posting(Protocol):
    """What is needed of `client.OAClient`."""

    async def post(self, path: str, body: Mapping[str, Any], *, answer: timedelta | None = None) -> Any: ...


@dataclass(frozen=True, slots=True)
class Target:
    """Which followers, by Zalo's numbers; what is empty leaves nobody out."""

    ages: Sequence[int] = ()  # 0 to 7
    gender: int | None = None  # 0 to 2
    locations: Sequence[int] = ()  # 0 to 2
    cities: Sequence[int] = ()  # Where given, they count in place of `locations`.
    platform: Sequence[int] = ()  # 1 to 3

    def to_json(self) -> dict[str, str]:
        given = {
            "ages": self.ages,
            "gender": () if self.gender is None else (self.gender,),
            "locations": () if self.cities else self.locations,
            "cities": self.cities,
            "platform": self.platform,
        }
        return {name: ",".join(map(str, numbers)) for name, numbers in given.items() if numbers}


async def broadcast(client: Posting, article_ids: Sequence[str], target: Target) -> str:
    """Send up to five articles as one message; Zalo's id of it. Raises as the client does, ValueError for a wrong number.

    An answer that got lost may mean that it is on its way: the caller must not repeat it by itself.
    """
    if not 1 <= len(article_ids) <= _MOST:
        raise ValueError(f"one to {_MOST} articles, not {len(article_ids)}")
    elements = [{"media_type": "article", "attachment_id": article_id} for article_id in article_ids]
    payload = {"template_type": "media", "elements": elements}
    body = {
        "recipient": {"target": target.to_json()},
        "message": {"attachment": {"type": "template", "payload": payload}},
    }
    data = await client.post(_MESSAGE, body)
    return str(data.get("message_id") or "") if isinstance(data, Mapping) else ""
