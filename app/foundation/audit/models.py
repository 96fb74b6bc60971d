"""The chains over the log's rows, one for each role that writes; written by the sealer only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable, PlatformTable
from app.foundation.models import OWNED_BY, Instant


class _ChainColumns:
    """`xact`, the transaction that wrote the row, is left to SQL: the driver has no type for it."""

    chain: Mapped[str] = mapped_column(OWNED_BY, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    sealed_at: Mapped[datetime] = mapped_column(Instant)
    row_hash: Mapped[bytes]
    hash: Mapped[bytes]


class AuditChain(_ChainColumns, PlatformTable):
    __tablename__ = "audit_chain"


class DirectoryAuditChain(_ChainColumns, DirectoryTable):
    __tablename__ = "directory_audit_chain"
