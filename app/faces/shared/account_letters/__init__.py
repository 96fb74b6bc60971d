"""What letters about an account say, by their kind."""

from collections.abc import Mapping

from app.faces.shared.account_letters.account import ACCOUNT
from app.faces.shared.account_letters.letter import Letter
from app.faces.shared.account_letters.protection import PROTECTION
from app.faces.shared.account_letters.work import WORK

__all__ = ["LETTERS"]

LETTERS: Mapping[str, Letter] = {**ACCOUNT, **PROTECTION, **WORK}
