"""The repair commands: undo, purge, release of locks, and the pipeline's state."""
