"""A faithful fake of Zalo's Official Account platform: for tests in the same loop, or as a process of its own."""

from tests.emulators.zalo_oa.accounts import OA, App
from tests.emulators.zalo_oa.emulator import ZaloOAEmulator
from tests.emulators.zalo_oa.grants import PKCE, Pair
from tests.emulators.zalo_oa.groups import Group
from tests.emulators.zalo_oa.people import User
from tests.emulators.zalo_oa.person import Person
from tests.emulators.zalo_oa.remote import RemoteUser, RemoteZaloOA
from tests.emulators.zalo_oa.templates import Param, State, Template
from tests.emulators.zalo_oa.webhook import Delivery

__all__ = [
    "OA",
    "PKCE",
    "App",
    "Delivery",
    "Group",
    "Pair",
    "Param",
    "Person",
    "RemoteUser",
    "RemoteZaloOA",
    "State",
    "Template",
    "User",
    "ZaloOAEmulator",
]
