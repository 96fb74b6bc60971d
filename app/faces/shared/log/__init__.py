"""What every page of the log shares, on three faces."""
