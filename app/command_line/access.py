"""How an operator's commands reach the servers: the caller's environment, or the running demo."""

import json
from pathlib import Path

from app.command_line.environment import given
from app.command_line.errors import CommandError
from app.command_line.launch import data_folder
from app.foundation.configuration import Configuration, ConfigurationError, load_configuration
from tenants.bootstrap import DatabaseServer

ACCESS_FILE = "access.json"


def operator_configuration() -> Configuration:
    """Return the configuration for a command typed by an operator (logins of the group `tools`).

    Raises CommandError where neither the environment nor a running demo says where the servers are.
    """
    try:
        return load_configuration(operator_environment())
    except ConfigurationError as error:
        raise CommandError(str(error)) from None


def operator_environment() -> dict[str, str]:
    """Return the environment's settings, else those of the demo that runs in GALLERIA_STATE."""
    environment = given()
    if environment.get("DIRECTORY_DATABASE_URL"):
        return environment
    access = _state(environment) / ACCESS_FILE
    if not access.exists():
        raise CommandError(
            "Which marketplace? Start ./galleria demo beside this (GALLERIA_STATE names its state"
            " folder where it is not the default), or set DIRECTORY_DATABASE_URL and the other"
            " variables of docs/configuration.md."
        )
    try:
        return {**environment, **json.loads(access.read_text())}
    except PermissionError:
        raise CommandError(f"The demo in {access.parent} belongs to another user.") from None


def operator_server() -> DatabaseServer:
    """Return the superuser's addresses, for migrations and for making schemas.

    DATABASE_URL is the directory's; CELL_SUPERUSER_URLS (JSON, by cell) the cells', and without it
    there is one cell, `main`, in the same database.
    """
    environment = operator_environment()
    directory = environment.get("DATABASE_URL", "")
    if not directory:
        raise CommandError("Set DATABASE_URL to a superuser's address of the directory's database.")
    cells = environment.get("CELL_SUPERUSER_URLS")
    return DatabaseServer(directory, json.loads(cells) if cells else {"main": directory})


def _state(environment: dict[str, str]) -> Path:
    chosen = environment.get("GALLERIA_STATE")
    return Path(chosen) if chosen else data_folder() / "demo"
