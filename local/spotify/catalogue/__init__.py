"""The generated catalog: the artists, albums and tracks of each day."""
