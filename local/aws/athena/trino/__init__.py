"""A real Trino that computes what the embedded Athena is asked: fetched by Maven, started on the same Glue and S3.

Athena engine 3 is built on Trino (https://docs.aws.amazon.com/athena/latest/ug/engine-versions-reference-0003.html).
"""
