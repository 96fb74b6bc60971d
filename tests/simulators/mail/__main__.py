"""`python -m tests.simulators.mail --port N --smtp-port N --state DIR`"""

import argparse
import signal
import threading
from pathlib import Path

from tests.simulators.mail.server import MailStandIn


def main() -> None:
    """Run until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.mail", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of the page")
    parser.add_argument("--smtp-port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, required=True, help="folder that keeps the mails")
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    stand_in = MailStandIn(
        options.state, smtp_port=options.smtp_port, port=options.port, host=options.host
    )
    with stand_in:
        print(f"{stand_in.url} {stand_in.smtp_url}", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
