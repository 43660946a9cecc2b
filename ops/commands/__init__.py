"""The commands: each asks a room of this package, shows the answer, and exits as `ops.errors` says."""
