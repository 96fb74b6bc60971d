"""Which person dealt in which shop; so that export and erasure find every place at once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant


class PersonShop(DirectoryTable):
    __tablename__ = "person_shop"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    shop_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)
