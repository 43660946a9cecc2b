"""Code and constants that several parts share: keys, events, errors, and the contract of the tables."""
