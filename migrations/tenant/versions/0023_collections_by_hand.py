"""Collections that a merchant makes: published or not, deleted with a way back, in one order."""

from alembic import op

revision = "0023_collections_by_hand"
down_revision = "0022_pictures_by_hand"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE collection
          ADD COLUMN is_published boolean NOT NULL DEFAULT true,
          ADD COLUMN deleted_at timestamptz,
          DROP CONSTRAINT collection_handle_key,
          ADD CONSTRAINT collection_handle_check
            CHECK (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND handle <> 'all') NOT VALID;
        CREATE UNIQUE INDEX collection_handle_key ON collection (handle) WHERE deleted_at IS NULL;
        ALTER TABLE collection_product
          ADD CONSTRAINT collection_product_position_check CHECK (position > 0),
          ADD CONSTRAINT collection_product_place_key UNIQUE (collection_id, position)
            DEFERRABLE INITIALLY DEFERRED;
        """
    )
