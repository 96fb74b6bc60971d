"""The one webhook inbox, in the directory: every message is stored once, then handled by a job."""
