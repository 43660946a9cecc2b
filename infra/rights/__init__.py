"""The rights of each role, written as function calls that become IAM policies."""
