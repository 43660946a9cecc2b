"""Read inbox objects: JSON in any encoding and layout, as a stream of values."""
