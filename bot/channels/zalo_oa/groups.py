"""Group chats that an Official Account is in (GMF; zalo-oa.md 3.8, 2026-11).

A message goes to one like to a person, under the address that `address` gives: what is said there, everybody reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from bot.channels.zalo_oa import outgoing
from bot.channels.zalo_oa.errors import Refused

_GROUPS = "/v3.0/oa/group/getgroupsofoa"
_PAGE = 50
_MOST_PAGES = 100
_WRONG_FIELD = -201


class Asking(Protocol):
    """What is needed of `client.OAClient`."""

    async def get(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        plain: bool = False,
        answer: timedelta | None = None,
    ) -> Any: ...


@dataclass(frozen=True, slots=True)
class Group:
    group_id: str
    name: str
    members: int
    is_open: bool  # Messages can be sent to it.

    @property
    def address(self) -> str:
        return outgoing.GROUP + self.group_id


async def groups_of(client: Asking) -> Sequence[Group]:
    """Every group of the account. Raises as the client does."""
    found: list[Group] = []
    for page in range(_MOST_PAGES):
        data = await _ask(client, {"offset": page * _PAGE, "count": _PAGE})
        listed = data.get("groups") if isinstance(data, Mapping) else None
        entries = listed if isinstance(listed, list) else []
        found += [
            group for entry in entries if isinstance(entry, Mapping) and (group := _group(entry)).group_id
        ]
        if len(entries) < _PAGE:
            break
    return found


async def _ask(client: Asking, query: Mapping[str, Any]) -> Any:
    # The sources disagree how the parameters are written (zalo-oa.md 3.8 and 8).
    try:
        return await client.get(_GROUPS, query)
    except Refused as refused:
        if refused.code != _WRONG_FIELD:
            raise
    return await client.get(_GROUPS, query, plain=True)


def _group(entry: Mapping[str, Any]) -> Group:
    total = str(entry.get("total_member", ""))
    return Group(
        group_id=str(entry.get("group_id") or ""),
        name=str(entry.get("name") or ""),
        members=int(total) if total.isascii() and total.isdigit() else 0,
        is_open=entry.get("status") != "disabled",
    )
