"""The JSON API for programs: /api/v1 on a shop's host, and on the marketplace's own."""
