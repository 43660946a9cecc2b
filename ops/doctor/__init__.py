"""What `ops doctor` checks."""
