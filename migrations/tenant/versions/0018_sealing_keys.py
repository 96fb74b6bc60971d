"""A key for each person in a shop; contacts and addresses name the key that they are sealed with.

`key_id` is empty in rows of the first release until they are sealed anew (./galleria keys rotate).
"""

from alembic import op

revision = "0018_sealing_keys"
down_revision = "0017_customers"
branch_labels = None
depends_on = None

SEALED = {"order_contact": ("email", "address"), "checkout": ("details",)}
OWN_KEY = "({column} IS NULL OR substring({column} FROM 1 FOR 20) = '\\x00676b02'::bytea || uuid_send(key_id))"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE sealing_key (
          id uuid PRIMARY KEY, owner bytea UNIQUE, wrapped bytea NOT NULL,
          place_version integer NOT NULL, made_version integer NOT NULL,
          made_at timestamptz NOT NULL, destroyed_at timestamptz,
          CHECK (destroyed_at IS NULL OR (wrapped = '' AND owner IS NULL)),
          CHECK (destroyed_at IS NOT NULL OR (octet_length(wrapped) = 68
            AND substring(wrapped FROM 5 FOR 4) = int4send(place_version))));
        CREATE INDEX sealing_key_version_index ON sealing_key (place_version, made_version);
        CREATE TRIGGER sealing_key_guard BEFORE INSERT OR UPDATE ON sealing_key
          FOR EACH ROW EXECUTE FUNCTION platform.guard_sealing_key();
        """
    )
    for table, columns in SEALED.items():
        checks = " AND ".join(OWN_KEY.format(column=column) for column in columns)
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN key_id uuid REFERENCES sealing_key (id),"
            f" ADD CONSTRAINT {table}_own_key_check CHECK (key_id IS NULL OR ({checks}));"
            f" CREATE INDEX {table}_key_index ON {table} (key_id);"
        )
