"""An export as files: JSON for programs, a page for people, both in one archive."""

import io
import zipfile
from typing import Protocol

from app.domains.privacy.exporting import PersonExport


class ExportWriter(Protocol):
    """Writes an export as a page that a person can read, in their language."""

    def page(self, export: PersonExport) -> str:
        """Return a whole HTML document that needs nothing beside it but `export.css`."""

    def style(self) -> str:
        """Return the style sheet of that page."""


def write_archive(export: PersonExport, writer: ExportWriter) -> bytes:
    """Return the archive that a person takes along; made in memory and kept nowhere."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("export.json", export.as_json())
        files.writestr("export.html", writer.page(export))
        files.writestr("export.css", writer.style())
    return archive.getvalue()
