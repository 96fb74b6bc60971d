"""The admin console's own role: failed deliveries without what they say, and a shop's stopped money.

The web processes may not become `platform_jobs`, which reads every event and may mark and delete.
"""

from alembic import op

revision = "0006_operator"
down_revision = "0005_watching_books"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        GRANT USAGE ON SCHEMA platform TO platform_operator;
        GRANT SELECT (shop, id, event) ON outbox TO platform_operator;
        GRANT SELECT (shop, event_id, reaction, state, attempts, last_error),
          UPDATE (state, attempts, next_at) ON outbox_delivery TO platform_operator;
        GRANT SELECT, INSERT, UPDATE ON feature_flag TO platform_operator;
        GRANT INSERT, SELECT (shop) ON audit TO platform_operator;
        CREATE POLICY of_operator ON outbox FOR SELECT TO platform_operator USING (true);
        CREATE POLICY of_operator ON outbox_delivery FOR SELECT TO platform_operator
          USING (state <> 'done');
        CREATE POLICY of_operator_resending ON outbox_delivery FOR UPDATE TO platform_operator
          USING (state <> 'done') WITH CHECK (state = 'waiting' AND attempts = 0);
        CREATE POLICY of_operator ON feature_flag TO platform_operator
          USING (name = 'stop_money') WITH CHECK (name = 'stop_money');
        CREATE POLICY of_operator ON audit FOR INSERT TO platform_operator
          WITH CHECK (shop = current_user AND action = 'resume_money');
        CREATE POLICY of_operator_own ON audit FOR SELECT TO platform_operator
          USING (shop = current_user);
        """
    )
