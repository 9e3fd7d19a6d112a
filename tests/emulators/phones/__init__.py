"""The phone page: a person in a browser holds the emulator's phones, so that the service can be tried without Zalo."""

from tests.emulators.phones.page import PhonePage
from tests.emulators.phones.views import Board, BubbleView, Choice, PhoneView, bubble_views

__all__ = ["Board", "BubbleView", "Choice", "PhonePage", "PhoneView", "bubble_views"]
