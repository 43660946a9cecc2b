"""What is published, as typed files on your own machine, and DuckDB over them or over S3."""
