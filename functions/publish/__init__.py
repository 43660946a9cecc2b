"""Publish: show a run of a date to people, all tables at once, and enter it in the ledger."""
