"""What the repair commands do: undo, purge, release of locks, and the state that the pipeline remembers."""
