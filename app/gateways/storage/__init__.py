"""Where files are kept: a folder, or S3. Content decides the name, so a file never changes."""
