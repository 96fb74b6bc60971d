"""Run RQ, the schedule table and the outbox relay."""
