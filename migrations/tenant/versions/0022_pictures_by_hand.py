"""Pictures that a merchant sends: in an order of their own, told in each language, removable."""

from alembic import op

revision = "0022_pictures_by_hand"
down_revision = "0021_replaced_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE media_file ADD COLUMN problem text NOT NULL DEFAULT ''
          CONSTRAINT media_file_problem_check
          CHECK (problem IN ('', 'unreachable', 'unreadable', 'too_detailed'));

        ALTER TABLE product_picture
          ADD COLUMN alts jsonb NOT NULL DEFAULT '{}'
            CONSTRAINT product_picture_alts_check CHECK (jsonb_typeof(alts) = 'object'),
          ADD COLUMN is_uploaded boolean NOT NULL DEFAULT false,
          ADD COLUMN removed_at timestamptz,
          ADD CONSTRAINT product_picture_position_check CHECK (position > 0);

        UPDATE product_picture AS picture SET alts = told.alts
          FROM (
            SELECT placed.product_id, placed.position, jsonb_object_agg(language.key, alt.value) AS alts
              FROM (
                SELECT product_id, position,
                       row_number() OVER (PARTITION BY product_id ORDER BY position) AS place
                  FROM product_picture) AS placed
              JOIN product ON product.id = placed.product_id
              CROSS JOIN LATERAL jsonb_each(product.translations) AS language
              CROSS JOIN LATERAL
                (SELECT language.value -> 'picture_alts' ->> (placed.place::int - 1) AS value) AS alt
              WHERE alt.value <> ''
              GROUP BY placed.product_id, placed.position) AS told
          WHERE picture.product_id = told.product_id AND picture.position = told.position;
        DELETE FROM product_picture AS later USING product_picture AS earlier
          WHERE later.product_id = earlier.product_id AND later.media_id = earlier.media_id
            AND later.position > earlier.position;

        ALTER TABLE product_picture DROP CONSTRAINT product_picture_pkey,
          ADD PRIMARY KEY (product_id, media_id),
          ADD CONSTRAINT product_picture_place_key EXCLUDE USING btree
            (product_id WITH =, position WITH =) WHERE (removed_at IS NULL)
            DEFERRABLE INITIALLY DEFERRED;
        """
    )
