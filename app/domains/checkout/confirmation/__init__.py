"""Confirming payments: one way, whoever asks (the return page, a webhook, the poller).

Three steps, never a call inside a transaction: commit what we intend, call the provider with our
own id as idempotency key, commit its answer (docs/architecture.md, "A payment"). The intent is
fetched anew each time; messages only tell us to look.
"""
