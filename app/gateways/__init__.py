"""How we reach the outside: one folder for each provider; the only place that knows an SDK."""
