"""Twelve roles, roles that shops make, invitations, handing a shop over, seeing as another role.

Whoever was `staff` keeps the same rights: their shop gets a role of its own called Staff.
"""

from alembic import op

revision = "0013_roles"
down_revision = "0012_second_step"
branch_labels = None
depends_on = None

_NOBODY = "'00000000-0000-0000-0000-000000000000'"
_SHOP = "'owner','administrator','catalogue','orders','marketing','support','concierge','supplier','custom'"
_PLATFORM = "'admin','moderator','finance','platform_support','auditor'"


def upgrade() -> None:
    op.execute(
        f"""
        CREATE TABLE custom_role (
          id uuid PRIMARY KEY, shop_id uuid NOT NULL CHECK (shop_id <> {_NOBODY}),
          name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
          permissions text[] NOT NULL, made_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
          UNIQUE (shop_id, id),
          CONSTRAINT custom_role_permissions_check CHECK (cardinality(permissions) > 0
            AND NOT permissions && ARRAY['transfer_shop', 'erase_shop', 'view_as']));
        CREATE UNIQUE INDEX custom_role_name_index ON custom_role (shop_id, lower(name));
        ALTER TABLE membership DROP CONSTRAINT membership_role_check,
          DROP CONSTRAINT membership_check,
          ADD COLUMN custom_role_id uuid,
          ADD COLUMN supplies text NOT NULL DEFAULT '';
        INSERT INTO custom_role
          SELECT gen_random_uuid(), shop_id, 'Staff',
            ARRAY['change_products', 'see_orders', 'see_products', 'send_orders'],
            max(granted_at), max(granted_at)
          FROM membership WHERE role = 'staff' GROUP BY shop_id;
        UPDATE membership SET role = 'custom', custom_role_id = custom_role.id
          FROM custom_role WHERE custom_role.shop_id = membership.shop_id AND role = 'staff';
        ALTER TABLE membership
          ADD CONSTRAINT membership_role_check CHECK (role IN ({_SHOP}, {_PLATFORM})),
          ADD CONSTRAINT membership_place_check CHECK ((shop_id = {_NOBODY}) = (role IN ({_PLATFORM}))),
          ADD CONSTRAINT membership_custom_check CHECK ((role = 'custom') = (custom_role_id IS NOT NULL)),
          ADD CONSTRAINT membership_supplies_check CHECK (role = 'supplier' OR supplies = ''),
          ADD CONSTRAINT membership_custom_role_reference
            FOREIGN KEY (shop_id, custom_role_id) REFERENCES custom_role (shop_id, id);
        CREATE FUNCTION keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF OLD.role IN ('owner', 'admin')
            AND (TG_OP = 'DELETE' OR NEW.role <> OLD.role OR NEW.shop_id <> OLD.shop_id)
            AND NOT EXISTS (SELECT FROM directory.shop
              WHERE shop.id = OLD.shop_id AND shop.state = 'closed')
            AND NOT EXISTS (SELECT FROM directory.membership
              WHERE membership.shop_id = OLD.shop_id AND membership.role = OLD.role) THEN
            RAISE EXCEPTION 'the last % stays', OLD.role USING ERRCODE = 'check_violation';
          END IF;
          RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER keep_an_owner AFTER UPDATE OR DELETE ON membership
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION keep_an_owner();
        CREATE TABLE invitation (
          id uuid PRIMARY KEY, shop_id uuid NOT NULL, email bytea, email_index bytea,
          role text NOT NULL, custom_role_id uuid, supplies text NOT NULL DEFAULT '',
          language text NOT NULL, token_hash bytea UNIQUE, invited_by uuid NOT NULL,
          invited_at timestamptz NOT NULL, sent_at timestamptz NOT NULL,
          expires_at timestamptz NOT NULL, accepted_by uuid, accepted_at timestamptz,
          withdrawn_at timestamptz,
          FOREIGN KEY (shop_id, custom_role_id) REFERENCES custom_role (shop_id, id),
          CONSTRAINT invitation_role_check CHECK (role IN ({_SHOP}, {_PLATFORM})),
          CONSTRAINT invitation_place_check CHECK ((shop_id = {_NOBODY}) = (role IN ({_PLATFORM}))),
          CONSTRAINT invitation_custom_check CHECK ((role = 'custom') = (custom_role_id IS NOT NULL)),
          CONSTRAINT invitation_accepted_check CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)
            AND (accepted_at IS NULL OR withdrawn_at IS NULL)),
          CONSTRAINT invitation_in_time_check CHECK (accepted_at IS NULL OR accepted_at < expires_at),
          CONSTRAINT invitation_address_check CHECK (
            (accepted_at IS NULL AND withdrawn_at IS NULL) = (email_index IS NOT NULL)
            AND (email IS NULL) = (email_index IS NULL)));
        CREATE UNIQUE INDEX invitation_open_index ON invitation (shop_id, email_index)
          WHERE accepted_at IS NULL AND withdrawn_at IS NULL;
        CREATE INDEX invitation_expires_index ON invitation (expires_at);
        CREATE INDEX invitation_address_index ON invitation (email_index);
        CREATE TABLE ownership_transfer (
          id uuid PRIMARY KEY, shop_id uuid NOT NULL CHECK (shop_id <> {_NOBODY}),
          from_person uuid NOT NULL, to_person uuid NOT NULL CHECK (to_person <> from_person),
          offered_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
          accepted_at timestamptz, ended_at timestamptz,
          CONSTRAINT ownership_transfer_answer_check CHECK (
            (accepted_at IS NULL OR ended_at IS NULL)
            AND (accepted_at IS NULL OR accepted_at < expires_at)));
        CREATE UNIQUE INDEX ownership_transfer_open_index ON ownership_transfer (shop_id)
          WHERE accepted_at IS NULL AND ended_at IS NULL;
        ALTER TABLE session ADD COLUMN view_as_shop uuid, ADD COLUMN view_as_role text,
          ADD COLUMN view_as_custom_id uuid,
          ADD CONSTRAINT session_view_as_check CHECK (
            (view_as_shop IS NULL) = (view_as_role IS NULL)
            AND (view_as_custom_id IS NOT NULL) = (coalesce(view_as_role, '') = 'custom'));
        GRANT SELECT, INSERT, UPDATE, DELETE ON custom_role, invitation, ownership_transfer
          TO directory_app;
        """
    )
