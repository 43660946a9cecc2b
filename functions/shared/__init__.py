"""What several parts must agree on: keys, events, errors, and the contract of the tables."""
