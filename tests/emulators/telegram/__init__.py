"""A faithful fake of Telegram's Bot API: for tests in the same loop, or as a process for benchmarks and kill tests."""

from tests.emulators.telegram.calls import Call
from tests.emulators.telegram.chats import Button, Received
from tests.emulators.telegram.emulator import TelegramEmulator
from tests.emulators.telegram.faults import FAULTS, flood, refusal, upgraded_to
from tests.emulators.telegram.limits import FloodLimits, Limit
from tests.emulators.telegram.people import Group, User
from tests.emulators.telegram.remote import RemoteTelegram, RemoteUser
from tests.emulators.telegram.webhook import Patience
from tests.emulators.telegram.world import Press

__all__ = [
    "FAULTS",
    "Button",
    "Call",
    "FloodLimits",
    "Group",
    "Limit",
    "Patience",
    "Press",
    "Received",
    "RemoteTelegram",
    "RemoteUser",
    "TelegramEmulator",
    "User",
    "flood",
    "refusal",
    "upgraded_to",
]
