"""The imprint beside a shop's texts and pictures, and each part of the profile as it was before."""

from alembic import op

revision = "0027_profile_by_hand"
down_revision = "0026_person_places"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE shop_profile
          ADD COLUMN imprint jsonb NOT NULL DEFAULT '{}',
          ADD COLUMN versions jsonb NOT NULL DEFAULT '{}',
          ADD CONSTRAINT shop_profile_objects_check CHECK (
            jsonb_typeof(texts) = 'object' AND jsonb_typeof(pictures) = 'object'
            AND jsonb_typeof(imprint) = 'object' AND jsonb_typeof(versions) = 'object'),
          ADD CONSTRAINT shop_profile_pictures_check CHECK (
            pictures - ARRAY['logo', 'hero', 'portrait'] = '{}'),
          ADD CONSTRAINT shop_profile_imprint_check CHECK (
            imprint - ARRAY['legal_name', 'represented_by', 'street', 'postal_code', 'city',
              'country', 'phone', 'register', 'vat_id', 'further'] = '{}'
            AND coalesce(imprint->>'country', '') ~ '^([A-Z]{2})?$'),
          ADD CONSTRAINT shop_profile_versions_check CHECK (
            versions - ARRAY['texts', 'pictures', 'imprint'] = '{}');
        CREATE TABLE shop_profile_earlier (
          part text PRIMARY KEY CHECK (part IN ('texts', 'pictures', 'imprint')),
          version integer NOT NULL CHECK (version > 0),
          content jsonb NOT NULL CHECK (jsonb_typeof(content) = 'object'),
          is_put_back boolean NOT NULL DEFAULT false,
          replaced_at timestamptz NOT NULL);
        """
    )
