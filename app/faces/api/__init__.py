"""The same journey for programs: JSON, OpenAPI, errors as RFC 9457."""
