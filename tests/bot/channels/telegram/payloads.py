"""Updates shaped as Telegram sends them, with invented people."""

from typing import Any

JSON = dict[str, Any]

HOA: JSON = {
    "id": 5_000_000_001,
    "is_bot": False,
    "first_name": "Hoa",
    "username": "hoa_ap_moi",
    "language_code": "vi",
}
BOT: JSON = {"id": 123456, "is_bot": True, "first_name": "Chị Hội", "username": "chihoi_bot"}
PRIVATE: JSON = {"id": 5_000_000_001, "first_name": "Hoa", "username": "hoa_ap_moi", "type": "private"}
GROUP: JSON = {"id": -1001234567890, "title": "Chi hội ấp Mới", "type": "supergroup"}
FILE: JSON = {"file_id": "AgACAgUAAxkBAAI", "file_unique_id": "AQADx", "file_size": 3211}


def message(**content: Any) -> JSON:
    return {
        "update_id": 900_000_001,
        "message": {"message_id": 41, "from": HOA, "chat": PRIVATE, "date": 1_795_000_000, **content},
    }


def text(words: str, **more: Any) -> JSON:
    return message(text=words, **more)


def edited(**content: Any) -> JSON:
    whole = message(edit_date=1_795_000_100, **content)
    return {"update_id": 900_000_002, "edited_message": whole["message"]}


def press(data: str | None = "2", **more: Any) -> JSON:
    query = {
        "id": "4382bfdwdsb323b2d9",
        "from": HOA,
        "message": {"message_id": 40, "from": BOT, "chat": PRIVATE, "date": 1_795_000_000, "text": "Chọn số"},
        "chat_instance": "-5000000000000000001",
        **({"data": data} if data is not None else {}),
    }
    return {"update_id": 900_000_003, "callback_query": query | more}


def membership(status: str, old: str, **more: Any) -> JSON:
    change = {
        "chat": PRIVATE,
        "from": HOA,
        "date": 1_795_000_000,
        "old_chat_member": {"user": BOT, "status": old},
        "new_chat_member": {"user": BOT, "status": status, "until_date": 0},
    }
    return {"update_id": 900_000_004, "my_chat_member": change | more}


def contact(number: str, user_id: int | None = HOA["id"]) -> JSON:
    card: JSON = {"phone_number": number, "first_name": "Hoa"}
    if user_id is not None:
        card["user_id"] = user_id
    return message(contact=card)
