"""A real Trino that runs the embedded Athena's queries: fetched by Maven, started on the same Glue and S3.

Athena engine 3 is built on Trino (https://docs.aws.amazon.com/athena/latest/ug/engine-versions-reference-0003.html).
"""
