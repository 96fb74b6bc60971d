"""`python -m tests.simulators.stripe --port N ...`: the stand-in as a process of the demo."""

import argparse
from pathlib import Path

from tests.simulators.stripe.server import StripeStandIn

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--state", type=Path)
parser.add_argument("--webhook-url", default="")
parser.add_argument("--webhook-secret", default="")
parser.add_argument("--connect-webhook-secret", default="")
parser.add_argument("--public-url", default="")
StripeStandIn(**vars(parser.parse_args())).serve()
