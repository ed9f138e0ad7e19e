"""What every test may count on: no network but the loopback; a browser and a PDF reader, or a skip."""

import ipaddress
import shutil
import sys
from typing import Any

import pytest
from hypothesis import settings

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

settings.register_profile("house", deadline=None, print_blob=True)  # shared machines make a deadline flaky
settings.load_profile("house")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost"}


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host or ""
    if not _is_loopback(name):
        pytest.fail(f"a test reached for the network: {name}", pytrace=True)


sys.addaudithook(_refuse_network)


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Give the Chromium to render with, or skip."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser here ({', '.join(BROWSERS)}): install chromium to see pages rendered")
    return found


@pytest.fixture(scope="session")
def pdftoppm_path() -> str:
    """Give the program that turns PDF pages into pictures, or skip."""
    found = shutil.which("pdftoppm")
    if found is None:
        pytest.skip("no pdftoppm here: install poppler-utils to see PDF pages rendered")
    return found
