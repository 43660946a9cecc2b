"""Lambda: how a failed function reports its error."""
