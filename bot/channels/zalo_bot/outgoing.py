"""Our message as the parameters of sendMessage and sendPhoto.

Plain text, never markup. A Zalo bot has no buttons and cannot ask for a number: the text alone is complete.
"""

import unicodedata
from typing import Any

from bot.channels.contract import Outgoing

TEXT_UNITS = 2000  # zalo-bot.md 2.4 (2026-11): "characters", read as UTF-16 units, the stricter reading.


def parameters(address: str, message: Outgoing) -> dict[str, Any]:
    """What sendMessage is called with."""
    return {"chat_id": address, "text": unicodedata.normalize("NFC", message.text)}


def photo(address: str, message: Outgoing, fetched_from: str) -> dict[str, Any]:
    """What sendPhoto is called with: a caption holds as much as a text (zalo-bot.md 2.5)."""
    return {
        "chat_id": address,
        "photo": fetched_from,
        "caption": unicodedata.normalize("NFC", message.text),
    }
