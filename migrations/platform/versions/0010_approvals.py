"""Four eyes: what one person asks for above a limit, and another decides."""

from alembic import op

revision = "0010_approvals"
down_revision = "0009_shop_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE approval (
          shop text COLLATE "C" NOT NULL DEFAULT current_user,
          id uuid NOT NULL, kind text NOT NULL CHECK (kind IN ('refund', 'journal')),
          subject_id uuid NOT NULL, currency text NOT NULL,
          amount bigint NOT NULL CHECK (amount > 0), wish jsonb NOT NULL,
          state text NOT NULL DEFAULT 'pending'
            CHECK (state IN ('pending', 'approved', 'declined', 'withdrawn')),
          asked_by uuid NOT NULL, asked_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
          decided_by uuid, decided_for text CHECK (decided_for IN ('shop', 'platform')),
          decided_at timestamptz,
          PRIMARY KEY (shop, id),
          CONSTRAINT approval_decided_check CHECK (
            (state = 'pending') = (decided_by IS NULL)
            AND (decided_by IS NULL) = (decided_at IS NULL)
            AND (decided_by IS NULL) = (decided_for IS NULL)),
          CONSTRAINT approval_two_people_check CHECK (
            state NOT IN ('approved', 'declined') OR decided_by <> asked_by),
          CONSTRAINT approval_own_wish_check CHECK (state <> 'withdrawn' OR decided_by = asked_by),
          CONSTRAINT approval_in_time_check CHECK (decided_at IS NULL OR decided_at < expires_at));
        CREATE INDEX approval_subject_index ON approval (shop, subject_id);
        CREATE INDEX approval_asked_index ON approval (asked_at);
        ALTER TABLE approval ENABLE ROW LEVEL SECURITY;
        CREATE POLICY of_shop ON approval TO shop
          USING (shop = current_user) WITH CHECK (shop = current_user);
        CREATE POLICY of_platform ON approval FOR SELECT TO platform_reader USING (true);
        GRANT SELECT, INSERT, UPDATE (state, decided_by, decided_for, decided_at) ON approval TO shop;
        GRANT SELECT ON approval TO platform_reader;
        CREATE FUNCTION keep_decision() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF OLD.state <> 'pending' THEN
            RAISE EXCEPTION 'decided already: %', OLD.state USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER keep_decision BEFORE UPDATE ON approval
          FOR EACH ROW EXECUTE FUNCTION keep_decision();
        """
    )
