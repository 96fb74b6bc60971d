"""One small Flask application for each face; each says on one screen what it mounts."""

from flask import Flask, Response
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.faces.admin_console.views import admin_console
from app.faces.api.application import install_open_shop, make_api
from app.faces.api.views import of_marketplace, of_shop
from app.faces.marketplace.views import marketplace
from app.faces.media.views import POLICY, pictures
from app.faces.merchant_console.sections import list_sections
from app.faces.merchant_console.views import merchant_console
from app.faces.shared.application import install_logs, make_face
from app.faces.shared.limits import install_limits, install_person_limits
from app.faces.shared.rights import install_rights
from app.faces.shared.security import set_common_headers
from app.faces.shared.sessions import install_sessions
from app.faces.storefront.shop import install_shop
from app.faces.storefront.views import storefront
from app.faces.storefront.views.components import components, is_shown
from app.faces.webhooks.views import webhooks
from app.foundation.configuration import Configuration


def create_storefront(configuration: Configuration) -> Flask:
    """Return the application of every shop's storefront."""
    app = make_face("storefront", configuration)
    install_shop(app)
    install_sessions(app)
    install_person_limits(app, configuration)
    for part in storefront:
        app.register_blueprint(part)
    if is_shown(configuration):
        app.register_blueprint(components)
    return app


def create_shop_api(configuration: Configuration) -> Flask:
    """Return the part of the API that stands on every shop's host."""
    app = make_api("shop_api", "Galleria: a shop", configuration, open_doors=install_open_shop)
    for part in of_shop:
        app.register_api(part)
    return app


def create_marketplace_api(configuration: Configuration) -> Flask:
    """Return the part of the API that stands on the marketplace's own host."""
    app = make_api("marketplace_api", "Galleria: the marketplace", configuration)
    for part in of_marketplace:
        app.register_api(part)
    return app


def create_marketplace(configuration: Configuration) -> Flask:
    """Return the application of the marketplace's own host."""
    app = make_face("marketplace", configuration)
    install_sessions(app)
    install_person_limits(app, configuration)
    for part in marketplace:
        app.register_blueprint(part)
    return app


def create_merchant_console(configuration: Configuration) -> Flask:
    """Return the merchants' application."""
    app = make_face("merchant_console", configuration)
    install_sessions(app)
    install_person_limits(app, configuration)
    install_rights(app)
    app.jinja_env.globals["list_sections"] = list_sections
    for part in merchant_console:
        app.register_blueprint(part)
    return app


def create_admin_console(configuration: Configuration) -> Flask:
    """Return the platform's own people's application."""
    app = make_face("admin_console", configuration)
    install_sessions(app)
    install_person_limits(app, configuration)
    install_rights(app)
    for part in admin_console:
        app.register_blueprint(part)
    return app


def create_media(configuration: Configuration) -> Flask:
    """Return the application of the host of pictures: no sessions, no pages, no scripts."""
    app = Flask("app.faces.media", static_folder=None)
    app.config["GALLERIA"] = configuration
    app.register_blueprint(pictures)
    app.register_error_handler(HTTPException, lambda error: Response(status=error.code))
    app.register_error_handler(SQLAlchemyError, lambda _: Response(status=503))

    @app.after_request
    def isolate(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers.pop("Vary", None)
        return set_common_headers(response, configuration)

    install_logs(app)
    install_limits(app, configuration)
    return app


def create_webhooks(configuration: Configuration) -> Flask:
    """Return the application that providers call."""
    app = Flask("app.faces.webhooks", static_folder=None)
    app.config["GALLERIA"] = configuration
    app.register_blueprint(webhooks)
    app.after_request(lambda response: set_common_headers(response, configuration))
    return app


def create_worker_app(configuration: Configuration) -> Flask:
    """Return an application without views: what jobs need to write mails in every language."""
    return make_face("shared", configuration)
