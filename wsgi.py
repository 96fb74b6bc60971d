"""The web entry: the dispatcher, wired by the environment."""

import os

from app.dispatcher import Dispatcher
from app.foundation.configuration import load_configuration
from app.foundation.database import close_engines
from app.wiring import wire


def create_application() -> Dispatcher:
    """Return the whole web application, wired by the environment."""
    configuration = load_configuration()
    wire(configuration)
    os.register_at_fork(after_in_child=close_engines)
    return Dispatcher(configuration)


application = create_application()
