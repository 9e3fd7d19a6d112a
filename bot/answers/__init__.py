"""The FAQ: finding the entry a member means, how sure that is, and the phrases that come before any FAQ."""

from bot.answers.ladder import Decision, Rung, Thresholds, choose, near
from bot.answers.matcher import Entry, Match, Matcher
from bot.answers.safety import SafetyDetector, SafetyHit, SafetyKind

__all__ = [
    "Decision",
    "Entry",
    "Match",
    "Matcher",
    "Rung",
    "SafetyDetector",
    "SafetyHit",
    "SafetyKind",
    "Thresholds",
    "choose",
    "near",
]
