"""What a stranger who clones the repository must not find, and the launcher that greets them."""

import re
import runpy
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.source_tree import imports, read_modules

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements-boot.lock", "requirements.lock", "requirements-dev.lock")

# Written in two halves so that this file does not find itself.
FORBIDDEN = {
    "a package index host": re.compile("pypi" + r"\.org|pythonhosted" + r"\.org"),
    "the npm registry host": re.compile("registry" + r"\.npmjs\.org"),
    "a Debian mirror host": re.compile("deb" + r"\.debian\.org"),
    "a workplace path": re.compile(r"(?<![\w./-])/" + "work/"),
}


def repository_files() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: no list of tracked files")
    command = [git, "ls-files", "-z", "--cached"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_registry_host_or_a_workplace_path() -> None:
    texts = {file: file.read_bytes().decode("utf-8", "replace") for file in repository_files()}
    found = [
        f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, hit.start()) + 1}: {what}"
        for file, text in texts.items()
        for what, pattern in FORBIDDEN.items()
        for hit in pattern.finditer(text)
    ]
    assert found == []


def test_the_patterns_find_what_they_forbid() -> None:
    samples = ["https://pypi" + ".org/simple", "open('/" + "work/main/x')", "deb" + ".debian.org"]
    assert all(any(pattern.search(text) for pattern in FORBIDDEN.values()) for text in samples)
    assert not any(pattern.search("https://example.com/work/of/art") for pattern in FORBIDDEN.values())


def test_the_specimen_is_a_report_and_nothing_else() -> None:
    specimen = ROOT / "reports" / "specimen"
    found = {file.name for file in repository_files() if file.is_relative_to(specimen)}
    assert found <= {"report.html", "report.pdf"}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_every_package_by_version_and_hash(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    entries = text.splitlines()
    assert len(entries) > 4
    pinned = re.compile(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}")
    assert [entry for entry in entries if not pinned.match(entry)] == []
    assert "://" not in text


def test_the_locks_hold_every_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    declared = {re.split(r"[<>=\[ ]", line)[0] for line in project["project"]["dependencies"]}
    assert declared - set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)) == set()


def test_every_declared_dependency_is_imported_or_awaited() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {re.split(r"[<>=\[ ]", line)[0].replace("-", "_") for line in project["dependencies"]}
    modules = read_modules(ROOT, ("dat", "strategies"))
    imported = {item.name.split(".")[0] for module in modules for item in imports(module)}
    idle = {name for name in declared if not {name, name.removesuffix("_python")} & imported}
    assert idle == {"apscheduler"}  # named as required; the daemon comes next


def test_the_development_lock_agrees_with_the_others() -> None:
    boot, runtime, development = (
        set(re.findall(r"^([\w.-]+==\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE)) for lock in LOCKS
    )
    assert boot | runtime <= development


@pytest.fixture(scope="module")
def launcher() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / ".ci" / "make_venv.py"))


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (3, 14)])
def test_the_launcher_accepts(launcher: dict[str, Any], version: tuple[int, int]) -> None:
    assert launcher["what_is_missing"](version, has_ensurepip=True) == ""


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 15)])
def test_the_launcher_refuses_in_words(launcher: dict[str, Any], version: tuple[int, int]) -> None:
    message = launcher["what_is_missing"](version, has_ensurepip=True)
    assert "dat needs Python 3.11, 3.12, 3.13 or 3.14, and this is Python %d.%d" % version in message  # noqa: UP031


def test_the_launcher_names_the_package_that_brings_venv(launcher: dict[str, Any]) -> None:
    assert "sudo apt install python3.12-venv" in launcher["what_is_missing"]((3, 12), has_ensurepip=False)


def test_make_alone_prints_every_verb() -> None:
    make = shutil.which("make")
    assert make is not None
    printed = subprocess.run([make, "-s", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    verbs = re.findall(r"^  make (\w+) +\S", printed, re.MULTILINE)
    assert set(verbs) >= {"setup", "demo", "test", "check", "bench", "specimen", "clean"}
