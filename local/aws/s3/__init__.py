"""S3: the stored objects, read inside the server process."""
