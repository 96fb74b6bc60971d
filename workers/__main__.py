"""`python -m workers worker|scheduler|relay|builder|sealer`."""

import sys

from app.factory import create_worker_app
from app.foundation.configuration import load_configuration
from app.wiring import wire
from workers.processes import run_builder, run_relay, run_scheduler, run_sealer, run_worker

PROCESSES = {
    "worker": run_worker,
    "scheduler": run_scheduler,
    "relay": run_relay,
    "builder": run_builder,
    "sealer": run_sealer,
}


def main() -> None:
    """Run the process that the command line names."""
    run = PROCESSES[sys.argv[1]]
    configuration = load_configuration()
    wire(configuration)
    with create_worker_app(configuration).app_context():
        run(configuration)


main()
