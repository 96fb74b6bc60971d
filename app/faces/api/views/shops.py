"""The marketplace's shops, and the kinds of problems that calls answer with."""

from flask import Response, current_app
from flask_openapi3 import APIBlueprint, Tag

from app.faces.api.answers import answer
from app.faces.api.application import PREFIX
from app.faces.api.problems import ProblemKind, ProblemKindList, list_problem_kinds, title_of
from app.faces.api.schemas.shops import Shop, ShopList
from app.faces.shared.access import public
from app.faces.shared.links import Links
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import list_shops

shops = APIBlueprint("shops", __name__, url_prefix=PREFIX, abp_tags=[Tag(name="Shops")])


@shops.get("/shops", operation_id="listShops", responses={200: ShopList})
@public
def list_open_shops() -> Response:
    """List the shops that are open, by name."""
    links: Links = current_app.config["LINKS"]
    with unit_of_work(directory_scope()) as unit:
        found = list_shops(unit, states=("open",))
    return answer(
        ShopList(
            shops=[
                Shop(
                    slug=shop.slug, name=shop.name, kind=shop.kind, country=shop.country,
                    currency=shop.currency, language=shop.language, url=links.shop(shop.slug),
                    api_url=links.shop(shop.slug, PREFIX),
                )
                for shop in found
            ]
        )
    )  # fmt: skip


@shops.get("/problems", operation_id="listProblems", responses={200: ProblemKindList})
@public
def list_problems() -> Response:
    """List the kinds of problems that calls answer with."""
    kinds = [
        ProblemKind(code=kind.code, title=title_of(kind.code), status=kind.status)
        for kind in list_problem_kinds()
    ]
    return answer(ProblemKindList(problems=kinds))
