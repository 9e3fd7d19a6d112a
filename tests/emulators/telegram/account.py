"""The methods about the bot itself and about what it may look up: updates, webhook, files, chats, commands."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.emulators.telegram.media import MAX_DOWNLOAD_BYTES
from tests.emulators.telegram.parameters import JSON, bool_of, int_of, json_of, text_of
from tests.emulators.telegram.refusals import bad_request
from tests.emulators.telegram.updates import webhook_info
from tests.emulators.telegram.webhook import Webhook
from tests.emulators.telegram.world import World

LONGEST_POLL_S = 50
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def get_me(world: World, params: JSON) -> JSON:
    return world.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


async def get_updates(world: World, params: JSON) -> list[JSON]:
    _keep_allowed(world, params)
    return await world.updates.poll(
        offset=int_of(params, "offset"),
        limit=min(max(int_of(params, "limit", 100), 1), 100),
        timeout_s=min(float(params.get("timeout", 0)), LONGEST_POLL_S),
    )


def _keep_allowed(world: World, params: JSON) -> None:
    """The list sticks until it is sent again; leaving it out keeps the old one, an empty list is the default."""
    allowed = json_of(params, "allowed_updates", refusal="can't parse allowed updates JSON object")
    if isinstance(allowed, list):
        world.updates.allowed = [str(kind) for kind in allowed]


async def set_webhook(world: World, params: JSON) -> bool:
    url = text_of(params, "url")
    if not url:
        return await delete_webhook(world, params)
    address = urlsplit(url)
    # Plain HTTP is a privilege of a local Bot API server, and of tests on loopback.
    if address.scheme != "https" and address.hostname not in _LOOPBACK:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if address.scheme == "https" and (address.port or 443) not in {443, 80, 88, 8443}:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    secret = text_of(params, "secret_token")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    _keep_allowed(world, params)
    await world.updates.set_webhook(
        Webhook(
            url=url,
            secret_token=secret,
            max_connections=min(max(int_of(params, "max_connections", 40), 1), 100),
            patience=world.patience,
            accepted=world.updates.news.tell,
            carry_out=world.carry_out,
        ),
        drop_pending=bool_of(params, "drop_pending_updates"),
    )
    return True


async def delete_webhook(world: World, params: JSON) -> bool:
    await world.updates.set_webhook(None, drop_pending=bool_of(params, "drop_pending_updates"))
    return True


def get_webhook_info(world: World, params: JSON) -> JSON:
    return webhook_info(world.updates)


def get_file(world: World, params: JSON) -> JSON:
    stored = world.files.get(text_of(params, "file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.content) > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return stored.facts() | {"file_path": stored.path}


def get_chat(world: World, params: JSON) -> JSON:
    chat = world.chat(params.get("chat_id"))
    return chat.description | {"accent_color_id": 0, "max_reaction_count": 11}


def get_chat_member(world: World, params: JSON) -> JSON:
    chat = world.chat(params.get("chat_id"))
    user_id = int_of(params, "user_id")
    if user_id == world.bot["id"]:
        return {"user": world.bot, "status": "left" if chat.refusal else "administrator"}
    sender = next((m["from"] for m in chat.messages.values() if m["from"]["id"] == user_id), None)
    if sender is None:
        raise bad_request("member not found")
    return {"user": sender, "status": "member"}


def set_my_commands(world: World, params: JSON) -> bool:
    commands = json_of(params, "commands", refusal="can't parse commands JSON object")
    if not isinstance(commands, list) or len(commands) > 100:
        raise bad_request("too many commands" if commands else "parameter commands is required")
    for command in commands:
        if not _COMMAND.fullmatch(command.get("command", "").removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[_command_list(params)] = commands
    return True


def get_my_commands(world: World, params: JSON) -> list[JSON]:
    return world.commands.get(_command_list(params), [])


def delete_my_commands(world: World, params: JSON) -> bool:
    world.commands.pop(_command_list(params), None)
    return True


def _command_list(params: JSON) -> tuple[str, str]:
    scope = json_of(params, "scope", refusal="can't parse scope JSON object") or {"type": "default"}
    named = ":".join(str(scope[key]) for key in ("type", "chat_id", "user_id") if key in scope)
    return named, text_of(params, "language_code")


def say_yes(world: World, params: JSON) -> bool:
    """For settings that the emulator takes and forgets."""
    return True
