"""Digest: one message per daily run that says what is new, changed or gone, and the feed of the last dates."""
