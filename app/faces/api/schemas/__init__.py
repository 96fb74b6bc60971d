"""What calls take and answer: the types of the OpenAPI document."""
