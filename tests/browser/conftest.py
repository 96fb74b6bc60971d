"""A real Chromium against the application, in front of the same databases as the other tests."""

import shutil
import threading

import pytest
from werkzeug.serving import make_server

from tests.conftest import BASE_DOMAIN

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    f"--host-resolver-rules=MAP *.{BASE_DOMAIN} 127.0.0.1",
]


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium here: as root, ./galleria test installs it from Debian's packages")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def web_port(platform):
    server = make_server("127.0.0.1", 0, platform.web, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
