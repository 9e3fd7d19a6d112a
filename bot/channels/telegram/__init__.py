"""Telegram, by python-telegram-bot over our own transport."""

import os

# With this, waits come as timedelta and `RetryAfter` no longer warns each time it is made; python-telegram-bot
# reads the variable whenever it makes one and has no other switch (22.2 and later).
os.environ.setdefault("PTB_TIMEDELTA", "true")
