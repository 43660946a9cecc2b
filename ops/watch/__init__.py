"""The watch-list of a stack: read, changed, and imported from files."""
