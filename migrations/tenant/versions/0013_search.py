"""The read model for lists and search."""

from alembic import op

revision = "0013_search"
down_revision = "0012_checkout"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE product_card (
          product_id uuid PRIMARY KEY, handle text NOT NULL, facts jsonb NOT NULL,
          price bigint NOT NULL, is_available boolean NOT NULL, collections text[] NOT NULL,
          words tsvector NOT NULL, listed_at timestamptz NOT NULL);
        CREATE INDEX product_card_words_index ON product_card USING gin (words);
        CREATE INDEX product_card_collections_index ON product_card USING gin (collections);
        CREATE INDEX product_card_listed_index ON product_card (listed_at DESC, product_id);
        CREATE INDEX product_card_price_index ON product_card (price, product_id);
        CREATE TABLE card_variant (variant_id uuid PRIMARY KEY, product_id uuid NOT NULL);
        CREATE INDEX card_variant_product_index ON card_variant (product_id);
        """
    )
