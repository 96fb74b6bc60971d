"""The front page of the marketplace: its shops."""

from flask import Blueprint, render_template

from app.faces.shared.access import public
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import list_shops

home = Blueprint("home", __name__)


@home.get("/")
@public
def start() -> str:
    """Show the shops that are open."""
    with unit_of_work(directory_scope()) as unit:
        shops = list_shops(unit, states=("open",))
    return render_template("marketplace.html", shops=shops)
