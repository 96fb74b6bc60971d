"""What the checkout needs from outside."""

from typing import Protocol


class PlatformTerms(Protocol):
    """What the platform keeps of each sale."""

    @property
    def commission_basis_points(self) -> int:
        """The commission in hundredths of a percent of what is sold, shipping included."""
