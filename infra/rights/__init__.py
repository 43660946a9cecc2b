"""The rights of each role, as sentences that become IAM policies."""
