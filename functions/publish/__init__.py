"""Publish: show a run of a date in all views at once, and enter it in the ledger."""
