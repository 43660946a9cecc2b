"""IAM and KMS: who calls, and what the caller may do."""
