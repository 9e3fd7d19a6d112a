"""What the toolchain promises: exact, address-free locks, a reason for each package, one test command."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
LISTS = sorted(ROOT.glob("requirements*.in"))
PACKAGE_LOCK = json.loads((ROOT / "package-lock.json").read_text("utf-8"))


def wanted(path: Path) -> list[str]:
    """Names in a requirements list, without versions, extras and comments."""
    lines = [line.split("#")[0].strip() for line in path.read_text("utf-8").splitlines()]
    return [found[0] for line in lines if (found := re.match(r"[a-z0-9][a-z0-9-]*", line))]


DIRECT = [name for path in LISTS for name in wanted(path)]
DIRECT += json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_python_lock_names_no_place_to_download_from(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"://|index-url|find-links", text)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_locked_python_package_is_exact_and_hashed(path: Path) -> None:
    for requirement in re.sub(r"\\\n", " ", path.read_text("utf-8")).splitlines():
        assert re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", requirement), requirement


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_every_wanted_python_package_is_locked(path: Path) -> None:
    locked = re.findall(r"^([a-z0-9-]+)==", path.with_suffix(".lock").read_text("utf-8"), re.MULTILINE)
    assert set(wanted(path)) <= set(locked)


def test_python_packages_in_two_locks_have_one_version() -> None:
    """For each Python: the marker behind the version says for which."""
    versions: dict[str, set[str]] = {}
    for path in LOCKS:
        for pin, version in re.findall(r"^([a-z0-9-]+)==([^\n\\]+)", path.read_text("utf-8"), re.MULTILINE):
            number, _, marker = version.strip().partition(" ; ")
            versions.setdefault(f"{pin} {marker}", set()).add(number)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_npm_packages_are_locked_by_content_and_not_by_address() -> None:
    packages = {name: package for name, package in PACKAGE_LOCK["packages"].items() if name}
    assert packages
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        # "funding" is where a package asks for donations, not where it comes from.
        assert "://" not in json.dumps({key: value for key, value in package.items() if key != "funding"}), (
            name
        )


def test_npm_versions_are_exact() -> None:
    dependencies = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in dependencies.values()), dependencies


@pytest.mark.parametrize("name", DIRECT)
def test_dependency_has_its_reason_written_down(name: str) -> None:
    page = (ROOT / "docs/decisions/dependencies.md").read_text("utf-8")
    assert re.search(rf"^\| {re.escape(name)} \| \S.* \| \S.* \|$", page, re.MULTILINE)


def test_no_reason_is_left_behind_by_a_dependency_that_went() -> None:
    page = (ROOT / "docs/decisions/dependencies.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^ |]+) \|", page, re.MULTILINE)
    assert set(rows) - {"package", "---"} == set(DIRECT)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    commands = [
        line.split(" <")[0]
        for line in (ROOT / ".ci/run").read_text("utf-8").splitlines()
        if line.startswith("make ")
    ]
    assert commands == ["make test", "make check"]
    readme = ROOT / "README.md"
    assert not readme.exists() or commands[0] in readme.read_text("utf-8")
