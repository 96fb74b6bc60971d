"""Where root keys are kept: the configuration or a file of it, or AWS KMS."""
