"""What could not be done with a product that is made by hand."""

from typing import Any

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class ProductWrongError(GalleriaError):
    """Fields that need a look first; `problems` says which, and what is wrong with each."""

    code = "product_wrong"
    status = 422
    message = lazy_gettext("Nothing was saved: some fields need a look first.")

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__()
        self.problems = problems
