"""The generated catalogue: who and what exists on each day."""
