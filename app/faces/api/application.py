"""The API's application."""

from flask import Flask

from app.foundation.configuration import Configuration


def make_api(configuration: Configuration) -> Flask:
    """Return the application for programs."""
    app = Flask("app.faces.api", static_folder=None)
    app.config["GALLERIA"] = configuration
    return app
