"""Payments with their events, and the connected account."""

from alembic import op

revision = "0006_payments"
down_revision = "0005_customers"
branch_labels = None
depends_on = None

STEPS = """
created>authorising created>unknown created>failed created>voiding created>voided created>expired
authorising>requires_action authorising>unknown authorising>failed authorising>capturing
authorising>captured authorising>voiding authorising>voided authorising>expired authorising>refunding
requires_action>authorising requires_action>unknown requires_action>failed requires_action>capturing
requires_action>captured requires_action>voiding requires_action>voided requires_action>expired
requires_action>refunding
unknown>authorising unknown>failed unknown>voiding unknown>voided unknown>expired
failed>authorising failed>requires_action failed>capturing failed>captured failed>voiding
failed>voided failed>expired failed>refunding
capturing>captured capturing>capture_failed capturing>voiding capturing>voided capturing>expired
capture_failed>capturing capture_failed>captured capture_failed>voiding capture_failed>voided
capture_failed>expired
captured>refunding voiding>voided voiding>expired voiding>refunding refunding>refunded
""".split()


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE payment (
          id uuid PRIMARY KEY, subject_kind text NOT NULL, subject_id uuid NOT NULL,
          state text NOT NULL, currency text NOT NULL, amount bigint NOT NULL CHECK (amount > 0),
          authorised bigint NOT NULL DEFAULT 0, captured bigint NOT NULL DEFAULT 0,
          refunded bigint NOT NULL DEFAULT 0,
          CHECK (refunded >= 0 AND refunded <= captured AND captured <= authorised AND authorised <= amount),
          provider_id text NOT NULL DEFAULT '', charge_id text NOT NULL DEFAULT '', client_secret bytea,
          failure text NOT NULL DEFAULT '', fee_transaction text NOT NULL DEFAULT '',
          capture_before timestamptz, look_at timestamptz,
          created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL);
        CREATE UNIQUE INDEX payment_live_index ON payment (subject_kind, subject_id)
          WHERE state NOT IN ('voiding', 'voided', 'expired', 'refunding', 'refunded');
        CREATE INDEX payment_subject_index ON payment (subject_id);
        CREATE UNIQUE INDEX payment_provider_index ON payment (provider_id) WHERE provider_id <> '';
        CREATE INDEX payment_look_index ON payment (look_at) WHERE look_at IS NOT NULL;
        CREATE TABLE payment_event (
          id uuid PRIMARY KEY, payment_id uuid NOT NULL REFERENCES payment (id), event text NOT NULL,
          facts jsonb NOT NULL DEFAULT '{}', happened_at timestamptz NOT NULL);
        CREATE INDEX payment_event_payment_index ON payment_event (payment_id);
        CREATE TABLE connected_account (
          provider_id text PRIMARY KEY, can_receive_transfers boolean NOT NULL DEFAULT false,
          created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL);
        """
    )
    steps = ", ".join(f"'{step}'" for step in STEPS)
    op.execute(
        "CREATE TRIGGER payment_transition BEFORE UPDATE OF state ON payment FOR EACH ROW"
        f" EXECUTE FUNCTION platform.refuse_unlisted_transition('state', {steps})"
    )
