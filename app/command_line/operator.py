"""What an operator's commands share: the wired process, and finding a shop by its address."""

from app.command_line.access import operator_configuration
from app.command_line.errors import CommandError
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from app.wiring import wire
from tenants.resolution import ShopRecord, find_shop


def connect() -> None:
    """Wire this process to the marketplace that the operator means. Raises CommandError."""
    wire(operator_configuration().model_copy(update={"log_level": "WARNING"}))


def shop_called(slug: str) -> ShopRecord:
    """Return a shop by its address. Raises CommandError."""
    with unit_of_work(directory_scope()) as unit:
        shop = find_shop(unit, slug)
    if shop is None:
        raise CommandError(f"There is no shop with the address {slug!r}.")
    return shop
