"""The commands of the benchmarks; what they measure is in the modules beside this one."""

import click

from app.command_line.assets import build_assets
from app.command_line.benchmark.pages import measure_pages
from app.command_line.benchmark.search import measure_search
from app.command_line.benchmark.tenancy import measure_tenancy
from app.command_line.catalogues import compile_catalogues


@click.group(invoke_without_command=True)
@click.pass_context
def bench(context: click.Context) -> None:
    """Measure on this machine, with embedded servers of its own; alone: the pages."""
    build_assets()
    compile_catalogues()
    if context.invoked_subcommand is None:
        context.invoke(pages)


@bench.command()
@click.option(
    "--rounds", default=5, show_default=True, help="Interleaved rounds; the median counts."
)
@click.option("--requests", default=200, show_default=True, help="Requests in a round.")
@click.option("--purchases", default=60, show_default=True)
def pages(rounds: int, requests: int, purchases: int) -> None:
    """Measure list, product, search, add to cart and a purchase, as CPU of web and database."""
    measure_pages(rounds=rounds, requests=requests, purchases=purchases, say=click.echo)


@bench.command()
@click.option("--products", default=100_000, show_default=True)
@click.option("--searches", default=200, show_default=True, help="Searches of each kind.")
def search(products: int, searches: int) -> None:
    """Measure searches in one large shop, with the plan of each (PERF-002, PERF-003)."""
    measure_search(products=products, searches=searches, say=click.echo)


@bench.command()
@click.option("--shops", default=1000, show_default=True)
def tenancy(shops: int) -> None:
    """Measure many shops: binding, opening, migrating, a page, memory."""
    measure_tenancy(shops=shops, say=click.echo)
