"""Records read one by one: what parses becomes a row, what does not is reported with its reasons."""
