"""The operator's guide names everything that an operator can set, meets or calls; nothing that is not there."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

import main
from bot.channels.telegram import refusals
from bot.channels.zalo_bot import refusals as zalo_bot_refusals
from broadcasts import delivery, running
from broadcasts.audience import LeftOut
from config.settings import Settings

GUIDE = (Path(__file__).parents[1] / "docs" / "operator.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(CHIHOI_\w+)` \| (.+?) \|", GUIDE, re.MULTILINE))
CODES = {
    *(row.meaning.code for row in refusals.REFUSALS),
    *(meaning.code for meaning in vars(refusals).values() if isinstance(meaning, refusals.Meaning)),
    *(meaning.code for meaning in zalo_bot_refusals.REFUSALS.values()),
    *(
        meaning.code
        for meaning in vars(zalo_bot_refusals).values()
        if isinstance(meaning, zalo_bot_refusals.Meaning)
    ),
    *LeftOut,
    delivery.SENDER_DIED,
    delivery.ERASED,
    delivery.LEFT,
    delivery.CHAT_CHANGED,
    running.CANCELLED_CODE,
    "telegram_flood",
    "mailbox_unavailable",
    "chat_cleared",
    "stopped",
    "internal",
}


def _written(default: object) -> str:
    """A default as the guide writes it."""
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, bool):
        default = str(default).lower()
    return f"`{default}`" if str(default) else "empty"


def test_every_setting_stands_in_the_guide_with_its_default() -> None:
    assert {
        f"CHIHOI_{name.upper()}": _written(field.default) for name, field in Settings.model_fields.items()
    } == ROWS


def test_no_other_setting_is_named() -> None:
    assert set(re.findall(r"CHIHOI_\w+", GUIDE)) - ROWS.keys() == {"CHIHOI_SECRETS_DIR"}


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_error_code_stands_in_the_guide(code: str) -> None:
    errors = GUIDE.partition("## Errors by code")[2]
    assert f"`{code}`" in errors


def test_every_role_and_command_stands_in_the_guide(capsys: pytest.CaptureFixture[str]) -> None:
    for role in main.ROLES:
        assert f"`{role}`" in GUIDE
    with pytest.raises(SystemExit):
        main.main(["--help"])
    commands = re.findall(r"^ {4}([a-z]+) ", capsys.readouterr().out, re.MULTILINE)
    assert "run" in commands
    for command in commands:
        assert f"`python main.py {command}" in GUIDE
