"""What Zalo's yes says: which message it was, and what it was taken from (zalo-oa.md 3.2 and 3.6, 2026-11)."""

from collections.abc import Mapping
from typing import Any, Final

from bot.channels.contract import Receipt

FREE: Final = "reply"  # Within 48 hours of her last message.
CHARGED: Final = "charged"  # Zalo took money for it: it names no allowance then.
CHARGED_TEMPLATE: Final = "template"  # The price of the template was taken.

_LONGEST = 24  # Of the columns that keep it.


def of_talk(data: Any) -> Receipt:
    """A message to one person. An answer without data is a yes without an id: it was taken, and nothing more is known."""
    return _receipt(data, "message_id", CHARGED)


def of_template(data: Any) -> Receipt:
    return _receipt(data, "message_id", CHARGED_TEMPLATE)


def of_phone(data: Any) -> Receipt:
    """By phone each one is paid for; the quota in its answer only counts the day's."""
    return _receipt(data, "msg_id", CHARGED_TEMPLATE)


def of_group(data: Any) -> Receipt:
    """Groups belong to the package, nothing is counted."""
    return _receipt(data, "message_id", "")


def _receipt(data: Any, id_name: str, charged: str) -> Receipt:
    if not isinstance(data, Mapping):
        return Receipt("")
    quota = data.get("quota")
    named = quota.get("quota_type") if isinstance(quota, Mapping) else None
    if isinstance(named, str) and named:
        return Receipt(_id(data, id_name), named[:_LONGEST])
    # A quota that does not say of what: not charged, as far as we know.
    return Receipt(_id(data, id_name), "" if quota and charged == CHARGED else charged)


def _id(data: Mapping[str, Any], name: str) -> str:
    found = data.get(name)
    return str(found)[:200] if isinstance(found, str | int) and not isinstance(found, bool) else ""
