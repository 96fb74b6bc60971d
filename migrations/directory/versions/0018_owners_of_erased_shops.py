"""A shop that is being erased loses its owner too; before, erasing ended at that guard."""

from alembic import op

revision = "0018_owners_of_erased_shops"
down_revision = "0017_payment_starts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE OR REPLACE FUNCTION keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF OLD.role IN ('owner', 'admin')
            AND (TG_OP = 'DELETE' OR NEW.role <> OLD.role OR NEW.shop_id <> OLD.shop_id)
            AND NOT EXISTS (SELECT FROM directory.shop
              WHERE shop.id = OLD.shop_id AND shop.state IN ('closed', 'erased'))
            AND NOT EXISTS (SELECT FROM directory.membership
              WHERE membership.shop_id = OLD.shop_id AND membership.role = OLD.role) THEN
            RAISE EXCEPTION 'the last % stays', OLD.role USING ERRCODE = 'check_violation';
          END IF;
          RETURN NULL;
        END $$;
        """
    )
