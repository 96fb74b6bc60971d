"""Products, variants, prices, pictures, collections."""

from alembic import op

revision = "0004_catalog"
down_revision = "0003_content"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE product (
          id uuid PRIMARY KEY, handle text NOT NULL UNIQUE, title text NOT NULL,
          body_html text NOT NULL DEFAULT '', vendor text NOT NULL DEFAULT '',
          product_type text NOT NULL DEFAULT '', tags text[] NOT NULL DEFAULT '{}',
          is_published boolean NOT NULL, options jsonb NOT NULL DEFAULT '[]',
          translations jsonb NOT NULL DEFAULT '{}',
          created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL);
        CREATE TABLE variant (
          id uuid PRIMARY KEY, product_id uuid NOT NULL REFERENCES product (id) ON DELETE CASCADE,
          position integer NOT NULL, choices text[] NOT NULL DEFAULT '{}', sku text NOT NULL DEFAULT '',
          barcode text NOT NULL DEFAULT '', weight_grams integer NOT NULL DEFAULT 0,
          requires_shipping boolean NOT NULL DEFAULT true, is_taxable boolean NOT NULL DEFAULT true,
          picture_id uuid, UNIQUE (product_id, choices));
        CREATE TABLE variant_price (
          variant_id uuid NOT NULL REFERENCES variant (id) ON DELETE CASCADE, currency text NOT NULL,
          amount bigint NOT NULL CHECK (amount >= 0), compare_at bigint CHECK (compare_at >= 0),
          PRIMARY KEY (variant_id, currency));
        CREATE TABLE product_picture (
          product_id uuid NOT NULL REFERENCES product (id) ON DELETE CASCADE, position integer NOT NULL,
          media_id uuid NOT NULL, alt text NOT NULL DEFAULT '', PRIMARY KEY (product_id, position));
        CREATE INDEX product_picture_media_index ON product_picture (media_id);
        CREATE TABLE collection (
          id uuid PRIMARY KEY, handle text NOT NULL UNIQUE, texts jsonb NOT NULL, picture jsonb,
          position integer NOT NULL DEFAULT 0);
        CREATE TABLE collection_product (
          collection_id uuid NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
          product_id uuid NOT NULL REFERENCES product (id) ON DELETE CASCADE,
          position integer NOT NULL, PRIMARY KEY (collection_id, product_id));
        CREATE INDEX collection_product_product_index ON collection_product (product_id);
        """
    )
