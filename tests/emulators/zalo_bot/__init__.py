"""A faithful fake of the Zalo Bot platform: for tests in the same loop, or as a process of its own."""

from tests.emulators.zalo_bot.accounts import Bot
from tests.emulators.zalo_bot.emulator import ZaloBotEmulator
from tests.emulators.zalo_bot.people import Group, User
from tests.emulators.zalo_bot.remote import RemoteUser, RemoteZaloBot

__all__ = ["Bot", "Group", "RemoteUser", "RemoteZaloBot", "User", "ZaloBotEmulator"]
