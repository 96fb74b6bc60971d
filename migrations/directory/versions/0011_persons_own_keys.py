"""A person's rows name the key that they are sealed with: name, address, devices, secrets.

`key_id` is empty in rows of before until they are sealed anew (the schedule, ./galleria keys reseal).
"""

from alembic import op

revision = "0011_persons_own_keys"
down_revision = "0010_people"
branch_labels = None
depends_on = None

SEALED = {
    "person": ("email", "name"),
    "email_change": ("old_email", "new_email"),
    "session": ("agent", "address"),
    "sign_in_record": ("agent", "address"),
    "passkey": ("name",),
    "authenticator_app": ("secret",),
}
OWN_KEY = "({column} IS NULL OR substring({column} FROM 1 FOR 20) = '\\x00676b02'::bytea || uuid_send(key_id))"


def upgrade() -> None:
    for table, columns in SEALED.items():
        checks = " AND ".join(OWN_KEY.format(column=column) for column in columns)
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN key_id uuid REFERENCES person_key (id),"
            f" ADD CONSTRAINT {table}_own_key_check CHECK (key_id IS NULL OR ({checks}));"
            f" CREATE INDEX {table}_key_index ON {table} (key_id);"
        )
    op.execute("UPDATE directory_key SET settled_at = NULL")
