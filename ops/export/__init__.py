"""Export published data as typed files on your own machine, and run DuckDB over them or over S3."""
