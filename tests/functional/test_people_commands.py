"""`./galleria people`: an operator takes somebody's data along and has them erased."""

import io
import json
import os
import subprocess
import sys
import zipfile

from app.domains.privacy.documents import write_archive
from app.domains.privacy.exporting import export_person
from app.domains.privacy.queries import find_open_erasure
from app.faces.shared.exports import PageOfExport
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import ROOT
from tests.functional import people


def galleria(platform, *arguments, **options):
    environment = {**os.environ, **platform.environment, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "app.command_line", *arguments],
        env=environment, capture_output=True, text=True, timeout=60, check=False, **options,
    )  # fmt: skip


def test_an_archive_can_be_read_by_people_and_by_programs(platform, shop):
    person_id, email = people.make_person(name="Ada & Søn")
    people.order_as(platform, shop, person_id, email=email)
    found = export_person(person_id=person_id, actor="test")
    archive = io.BytesIO(write_archive(found, PageOfExport("de")))
    with zipfile.ZipFile(archive) as files:
        content = json.loads(files.read("export.json"))
        page = files.read("export.html").decode()
        assert "Ihre Daten" in page
        assert "Ada &amp; Søn" in page
        assert shop.name in page
        assert "89,40" in page
        assert "<style" not in page
        assert files.read("export.css")
    assert content["platform"]["person"][0]["email"] == email
    assert content["shops"][shop.slug]["shop_order"][0]["total"] == 8940


def test_an_operator_is_told_what_must_end_first(platform, shop):
    person_id, email = people.make_person()
    order_id, _ = people.order_as(platform, shop, person_id, email=email)
    refused = galleria(platform, "people", "erase", email, "--yes")
    assert refused.returncode == 1
    assert shop.slug in refused.stderr
    assert order_id
    free, email = people.make_person()
    asked = galleria(platform, "people", "erase", email, "--yes")
    assert asked.returncode == 0, asked.stderr
    with unit_of_work(directory_scope()) as unit:
        assert find_open_erasure(unit, person_id=free)


def test_an_archive_is_for_its_owner_alone_and_never_overwritten(platform, tmp_path):
    _, email = people.make_person()
    archive = tmp_path / "ada.zip"
    made = galleria(platform, "people", "export", email, "--to", str(archive))
    assert made.returncode == 0, made.stderr
    assert archive.stat().st_mode & 0o777 == 0o600
    before = archive.read_bytes()
    again = galleria(platform, "people", "export", email, "--to", str(archive))
    assert (again.returncode, archive.read_bytes()) == (1, before)
    nowhere = galleria(platform, "people", "export", email, "--to", str(tmp_path / "no" / "a.zip"))
    assert nowhere.returncode == 1
    for refused in (again, nowhere):
        assert "Traceback" not in refused.stderr
