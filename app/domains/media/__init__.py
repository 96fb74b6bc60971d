"""Files and their renditions. Knows nothing of what a picture shows."""
