"""The keys of shops, wrapped by a root key; a person's key stands in the shop and is wrapped by these."""

from alembic import op

revision = "0009_shop_keys"
down_revision = "0008_audit_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE shop_key (
          shop text COLLATE "C" NOT NULL DEFAULT current_user,
          version integer NOT NULL CHECK (version > 0), wrapped bytea NOT NULL,
          root_name text NOT NULL, renews_people boolean NOT NULL DEFAULT false,
          made_at timestamptz NOT NULL, settled_at timestamptz,
          PRIMARY KEY (shop, version));
        GRANT SELECT, INSERT ON shop_key TO shop;
        GRANT SELECT, UPDATE, DELETE ON shop_key TO platform_jobs;
        ALTER TABLE shop_key ENABLE ROW LEVEL SECURITY;
        CREATE POLICY of_shop ON shop_key TO shop
          USING (shop = current_user) WITH CHECK (shop = current_user);
        CREATE POLICY of_platform ON shop_key TO platform_jobs USING (true) WITH CHECK (true);

        CREATE FUNCTION guard_sealing_key() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'UPDATE' AND OLD.destroyed_at IS NOT NULL THEN
            RAISE EXCEPTION 'a destroyed key stays destroyed' USING ERRCODE = 'check_violation';
          END IF;
          IF NEW.destroyed_at IS NULL AND NOT EXISTS (
              SELECT FROM platform.shop_key k
              WHERE k.shop = current_user AND k.version = NEW.place_version) THEN
            RAISE EXCEPTION 'the key of version % is gone: a key that it wraps is lost',
              NEW.place_version USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$;
        """
    )
