"""Read a command's options and show its results."""
