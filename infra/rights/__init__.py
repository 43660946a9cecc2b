"""What each role may do, as sentences that become IAM policies."""
