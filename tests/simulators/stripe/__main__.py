"""`python -m tests.simulators.stripe --port N ...`: the stand-in as a process of the demo."""

import argparse
import signal
import threading
from pathlib import Path

from tests.simulators.stripe.server import StripeStandIn


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, help="a file; without it all is forgotten")
    parser.add_argument("--webhook-url", default="")
    parser.add_argument("--webhook-secret", default="")
    parser.add_argument("--connect-webhook-secret", default="")
    parser.add_argument("--public-url", default="", help="the address as browsers know it")
    stand_in = StripeStandIn(**vars(parser.parse_args()))
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: threading.Thread(target=stand_in.stop).start())
    stand_in.serve()


main()
