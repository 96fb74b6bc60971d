"""`./galleria keys`: change the keys that personal data is sealed with, and say how they stand."""

import time

import click

from app.command_line.access import operator_configuration
from app.command_line.errors import CommandError
from app.command_line.operator import connect, shop_called
from app.foundation.database import Scope, directory_scope
from app.foundation.ports import KeyStore, KeyStoreUnavailableError, port
from app.foundation.sealing import KeysUnavailableError, SealBrokenError, key_ring
from app.foundation.sealing.indexes import registry
from app.foundation.sealing.indexes.writing import write_indexes_anew
from app.foundation.sealing.roots import count_places_behind, list_roots_in_use, wrap_places_anew
from app.foundation.sealing.rotation.counting import Standing, count_behind
from app.foundation.sealing.rotation.settling import settle
from app.foundation.sealing.rotation.standing import read_standing
from app.foundation.sealing.rotation.sweeping import begin_rotation, sweep
from app.foundation.unit_of_work import unit_of_work
from app.gateways.keys.local import RootKeyFile
from tenants.resolution import list_shops

MOST_SHOPS = 100_000
LOOK_AGAIN_SECONDS = 0.5
MOST_ROUNDS = 100


@click.group()
def keys() -> None:
    """Change the keys of personal data while everything goes on, and check them."""


_of_shops = click.option(
    "--shop", "slugs", multiple=True, metavar="SLUG", help="only this shop; may be given again"
)


@keys.command()
@_of_shops
@click.option("--all", "renews_people", is_flag=True, help="give every person a new key as well")
@click.option("--new-root", is_flag=True, help="put a fresh root key into ROOT_KEYS_FILE before")
@click.option("--no-wait", is_flag=True, help="leave the last step to the schedule")
def rotate(*, slugs: tuple[str, ...], renews_people: bool, new_root: bool, no_wait: bool) -> None:
    """Wrap all keys with the first root key, give every place a new key, seal its data anew.

    Look-ups are written with the first of BLIND_INDEX_KEYS; the key behind it is let go. With
    --all the keys of people are made anew too, and all that they sealed. It may be ended and run
    again at any point: it goes on where it was. Old keys go once no process can be using them.
    """
    connect()
    if new_root:
        click.echo(f"{_root_file().add_new()} is the root key now")
    _wrap_with_root()
    places = _places(slugs)
    _index_anew(places, whole=not slugs)
    for scope in places:
        with unit_of_work(scope) as unit:
            begin_rotation(unit, renews_people=renews_people)
    _finish(places, wait=not no_wait)


@keys.command()
@_of_shops
@click.option("--no-wait", is_flag=True, help="leave the last step to the schedule")
def reseal(*, slugs: tuple[str, ...], no_wait: bool) -> None:
    """Go on with a rotation, or with rows of an earlier release; no new keys are made."""
    connect()
    _wrap_with_root()
    places = _places(slugs)
    _index_anew(places, whole=not slugs)
    _finish(places, wait=not no_wait)


@keys.command()
@_of_shops
def check(*, slugs: tuple[str, ...]) -> None:
    """Say what is sealed with which key; fail where anything is not on the newest."""
    connect()
    root, behind = port(KeyStore).current, 0
    names = _names_of_places()
    for scope in _places(slugs):
        with unit_of_work(scope) as unit:
            standing = count_behind(unit)
            indexes = registry.count_behind(unit)
            place = unit.keys.place
        if standing is not None:
            click.echo(_line(names.get(place, place), standing))
            behind += standing.behind + max(standing.versions - 1, 0)
        for table, count in indexes.items():
            click.echo(f"{names.get(place, place):<20} {table} {count} BEHIND in look-ups")
            behind += count
    _say_spent_codes()
    places = count_places_behind()
    click.echo(f"root key {root}: {places} keys of places are still wrapped by another")
    if behind or places:
        raise CommandError("Not everything is on its newest key; run ./galleria keys reseal.")


@keys.command("drop-roots")
def drop_roots() -> None:
    """Remove the root keys from ROOT_KEYS_FILE that no place's key is wrapped with any more.

    Not while `keys rotate --new-root` is at work, or just after: a process may still be wrapping.
    """
    connect()
    dropped = _root_file().keep_only(list_roots_in_use())
    click.echo(f"{dropped} root keys removed; {port(KeyStore).current} wraps")


def _say_spent_codes() -> None:
    click.echo(f"key of look-ups: {_name_of_index_key()}")
    with unit_of_work(directory_scope()) as unit:
        people = registry.count_spent_codes(unit)
    if people:
        click.echo(
            f"{people} people have recovery codes under a former key of look-ups: nobody can write"
            " these anew, they end when that key is taken away"
        )


def _name_of_index_key() -> str:
    return key_ring().index_names[0].hex() or "the first release's"


def _index_anew(places: list[Scope], *, whole: bool) -> None:
    """Write all look-ups with the first key; where all places are asked for, let the former go."""
    if whole:
        with unit_of_work(directory_scope()) as unit:
            registry.begin_changing(unit)
    done = 0
    for _ in range(MOST_ROUNDS):
        try:
            done += sum(write_indexes_anew(scope) for scope in places)
        except (KeysUnavailableError, SealBrokenError) as error:
            raise CommandError(f"Not all look-ups could be written: {error}.") from None
        is_done = not any(_rows_behind(scope) for scope in places)
        if is_done and (not whole or registry.finish_changing()):
            break
        time.sleep(LOOK_AGAIN_SECONDS)
    else:
        raise CommandError(
            "Something still needs the former key of look-ups, such as an erasure under way;"
            " run ./galleria keys reseal in some minutes."
        )
    click.echo(f"{done} look-ups written with the key {_name_of_index_key()}")


def _rows_behind(scope: Scope) -> bool:
    with unit_of_work(scope) as unit:
        return registry.is_behind_anywhere(unit)


def _root_file() -> RootKeyFile:
    path = operator_configuration().root_keys_file
    if path is None or operator_configuration().kms_key_ids:
        raise CommandError(
            "The root keys are not in a file here. Put the new one in front of KMS_KEY_IDS or"
            " SEALING_KEYS, restart the processes, and run ./galleria keys rotate."
        )
    return RootKeyFile(path)


def _names_of_places() -> dict[str, str]:
    with unit_of_work(directory_scope()) as unit:
        return {shop.schema: shop.slug for shop in list_shops(unit, limit=MOST_SHOPS)}


def _line(name: str, standing: Standing) -> str:
    rows = ", ".join(
        f"{name} {count}" + (f" ({behind} BEHIND)" if behind else "")
        for name, (count, behind) in standing.rows.items()
        if count
    )
    people = ("1 person" if standing.people == 1 else f"{standing.people} people") + (
        f" ({standing.people_behind} BEHIND)" if standing.people_behind else ""
    )
    versions = "" if standing.versions == 1 else f", {standing.versions} versions of its key"
    return f"{name:<20} {people}{versions}: {rows or 'nothing is sealed'}"


def _places(slugs: tuple[str, ...]) -> list[Scope]:
    """Return the shops of these addresses; without any, the directory and every shop."""
    if slugs:
        return [shop_called(slug).scope for slug in slugs]
    with unit_of_work(directory_scope()) as unit:
        shops = list_shops(unit, limit=MOST_SHOPS)
    return [directory_scope(), *(shop.scope for shop in shops)]


def _wrap_with_root() -> None:
    try:
        count = wrap_places_anew()
    except KeyStoreUnavailableError as error:
        raise CommandError(f"The key store does not answer ({error}); nothing is lost.") from None
    except ValueError as error:
        raise CommandError(f"A place's key cannot be opened: {error}.") from None
    except LookupError as error:
        raise CommandError(f"{error}: put the old root key back, behind the new one.") from None
    click.echo(f"{count} keys of places wrapped with the root key {port(KeyStore).current}")


def _finish(waiting: list[Scope], *, wait: bool) -> None:
    """Seal anew until every place is settled; without `wait`, once."""
    started = time.monotonic()
    for _ in range(MOST_ROUNDS):
        done = _sweep_all(waiting)
        waiting = [scope for scope in waiting if not settle(scope)]
        click.echo(f"{done} keys and rows sealed anew, {len(waiting)} places still wait")
        if not waiting or not wait:
            break
        seconds = max(map(_waits, waiting))
        if seconds:
            click.echo(
                f"waiting {seconds:.0f} s, until no process can be using the key before; end this"
                " with Ctrl-C where you like, and the schedule does the rest"
            )
        time.sleep(seconds + LOOK_AGAIN_SECONDS)
    if waiting and wait:
        raise CommandError(f"{len(waiting)} places are not done; run ./galleria keys reseal.")
    said = "the schedule does the rest" if waiting else "everything is on the newest keys"
    click.echo(f"Done in {time.monotonic() - started:.1f} s: {said}.")


def _sweep_all(places: list[Scope]) -> int:
    try:
        return sum(sweep(scope) for scope in places)
    except KeysUnavailableError:
        raise CommandError(
            "The key store does not answer. Nothing is lost: run ./galleria keys reseal later."
        ) from None
    except SealBrokenError as error:
        raise CommandError(f"Not everything could be done: {error}.") from None


def _waits(scope: Scope) -> float:
    with unit_of_work(scope) as unit:
        standing = read_standing(unit)
    return standing.waits_seconds if standing else 0.0
