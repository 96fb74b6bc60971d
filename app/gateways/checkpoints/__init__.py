"""Where checkpoints of the log are kept: a folder, or S3 with object lock."""
