"""Every Bot API method the emulator knows, by its name in lower case (the real server does not mind the case)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.emulators.telegram import account, editing, sending
from tests.emulators.telegram.media import KINDS
from tests.emulators.telegram.parameters import JSON
from tests.emulators.telegram.world import World

Method = Callable[[World, JSON], Any]

METHODS: dict[str, Method] = {
    "getme": account.get_me,
    "setwebhook": account.set_webhook,
    "deletewebhook": account.delete_webhook,
    "getwebhookinfo": account.get_webhook_info,
    "getupdates": account.get_updates,
    "getfile": account.get_file,
    "getchat": account.get_chat,
    "getchatmember": account.get_chat_member,
    "setmycommands": account.set_my_commands,
    "getmycommands": account.get_my_commands,
    "deletemycommands": account.delete_my_commands,
    "sendmessage": sending.send_message,
    "sendmediagroup": sending.send_media_group,
    "sendlocation": sending.send_location,
    "sendcontact": sending.send_contact,
    "sendchataction": sending.send_chat_action,
    "copymessage": sending.copy_message,
    "copymessages": sending.copy_messages,
    "forwardmessage": sending.forward_message,
    "forwardmessages": sending.forward_messages,
    "editmessagetext": editing.edit_text,
    "editmessagecaption": editing.edit_caption,
    "editmessagereplymarkup": editing.edit_keyboard,
    "deletemessage": editing.delete_message,
    "deletemessages": editing.delete_messages,
    "answercallbackquery": editing.answer_press,
    "createforumtopic": editing.create_topic,
    "editforumtopic": editing.edit_topic,
    "closeforumtopic": partial(editing.set_topic_open, False),
    "reopenforumtopic": partial(editing.set_topic_open, True),
    "deleteforumtopic": editing.delete_topic,
}
METHODS.update((f"send{kind.replace('_', '')}", partial(sending.send_file, kind)) for kind in KINDS)
METHODS.update(
    (name, account.say_yes)
    for name in (
        "setmyname",
        "setmydescription",
        "setmyshortdescription",
        "setchatmenubutton",
        "setmessagereaction",
        "pinchatmessage",
        "unpinchatmessage",
        "logout",
        "close",
    )
)

# What spends the sending budget: messages, edits, and new topics (a developer of Telegram, tdlib/td#2592).
LIMITED = frozenset(
    name
    for name in METHODS
    if (name.startswith(("send", "copy", "forward", "edit")) and name != "sendchataction")
    or name == "createforumtopic"
)
