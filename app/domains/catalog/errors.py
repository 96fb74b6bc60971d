"""What could not be done with products."""

from flask_babel import lazy_gettext

from app.domains.catalog.imports.rows import ProductFileError
from app.foundation.errors import GalleriaError


class FileHasProblemsError(ProductFileError):
    """The file has problems in single cells, and nothing of it was imported."""

    code = "file_has_problems"
    message = lazy_gettext("Nothing was imported: %(count)s cells need a look first.")


class ProductGoneError(GalleriaError):
    """The product or variant is no longer for sale."""

    code = "product_gone"
    status = 409
    message = lazy_gettext("This piece is no longer for sale.")
