"""The application served to a real Chromium, in front of the same databases as the other tests."""

import threading

import pytest
from werkzeug.serving import make_server


@pytest.fixture(scope="session")
def web_port(platform):
    server = make_server("127.0.0.1", 0, platform.web, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
