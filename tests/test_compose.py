"""The fleet's file says only what the service knows."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import Settings
from main import ROLES

HOUSE = Path(__file__).parents[1]
_OF_OURS = ("web", "sender", "scheduler")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((HOUSE / "compose.yaml").read_text(encoding="utf-8"))["services"]
    return found


def test_every_role_has_its_processes(services: dict[str, Any]) -> None:
    assert tuple(services[role]["command"] for role in _OF_OURS) == tuple(
        f"run --roles {role}" for role in _OF_OURS
    )
    assert set(ROLES) == set(_OF_OURS)
    assert {role: services[role].get("deploy", {}).get("replicas", 1) for role in _OF_OURS} == {
        "web": 2,
        "sender": 3,
        "scheduler": 1,
    }


@pytest.mark.parametrize("role", _OF_OURS)
def test_only_settings_that_there_are_are_set(services: dict[str, Any], role: str) -> None:
    known = {f"CHIHOI_{name.upper()}" for name in Settings.model_fields}
    assert set(services[role]["environment"]) <= known
    # What all processes must share.
    assert {"CHIHOI_DATABASE_URL", "CHIHOI_SECRET_KEY"} <= set(services[role]["environment"])
