"""A shop that was closed for good may be erased."""

from alembic import op

revision = "0016_erased_shops"
down_revision = "0015_api_tokens"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE shop DROP CONSTRAINT shop_state_check, ADD CONSTRAINT shop_state_check
          CHECK (state IN ('opening', 'open', 'suspended', 'closed', 'erased'));
        CREATE OR REPLACE FUNCTION guard_shop_state() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('opening', 'open'), ('opening', 'closed'), ('open', 'suspended'),
            ('suspended', 'open'), ('open', 'closed'), ('suspended', 'closed'),
            ('closed', 'erased')) THEN
            RAISE EXCEPTION 'a shop does not go from % to %', OLD.state, NEW.state
              USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$;
        """
    )
