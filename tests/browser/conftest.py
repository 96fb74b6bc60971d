"""The application served to a real Chromium, in front of the same databases as the other tests."""

import threading

import pytest
from werkzeug.serving import make_server


@pytest.fixture(scope="session")
def served(platform, browser_port):
    """The application, where the tests' hosts lead a browser."""
    server = make_server("127.0.0.1", browser_port, platform.web, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
