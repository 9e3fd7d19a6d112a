"""The operator's guide names everything that an operator can set, meets or calls; nothing that is not there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

import main
from bot.channels.telegram import refusals
from bot.channels.zalo_bot import refusals as zalo_bot_refusals
from bot.channels.zalo_oa import refusal_table
from broadcasts import codes
from broadcasts.people import LeftOut
from config.settings import Settings

HOUSE = Path(__file__).parents[1]
GUIDE = (HOUSE / "docs" / "operator.md").read_text(encoding="utf-8")
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
    *(meaning.code for meaning in vars(refusal_table).values() if isinstance(meaning, refusal_table.Meaning)),
    *LeftOut,
    *(code for name, code in vars(codes).items() if name.isupper() and isinstance(code, str)),
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


SAID = {"warning", "error", "exception", "critical"}


def _events() -> Iterator[str]:
    """What the log may say that bears looking at: the names in calls of a logger, and those of a reception's troubles."""
    for part in ("bot", "handlers", "broadcasts"):
        for module in (HOUSE / part).rglob("*.py"):
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and node.args):
                    continue
                logger, _, level = ast.unparse(node.func).rpartition(".")
                is_said = logger.endswith("log") and level in SAID
                # `write` is a logger's method, chosen by what happened; `Trouble` is what a reception logs.
                if is_said or (not logger and level in {"Trouble", "write"}):
                    names = (part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant))
                    yield from (name for name in names if isinstance(name, str) and name.isidentifier())


def test_every_event_that_bears_looking_at_stands_in_the_guide() -> None:
    watching = GUIDE.partition("## Watching it")[2].partition("\n## ")[0]
    events = {*_events(), "recovery_asked"}
    assert {event for event in events if f"`{event}`" not in watching} == set()


def test_every_role_and_command_stands_in_the_guide(capsys: pytest.CaptureFixture[str]) -> None:
    for role in main.ROLES:
        assert f"`{role}`" in GUIDE
    with pytest.raises(SystemExit):
        main.main(["--help"])
    commands = re.findall(r"^ {4}([a-z]+) ", capsys.readouterr().out, re.MULTILINE)
    assert "run" in commands
    for command in commands:
        assert f"`python main.py {command}" in GUIDE
