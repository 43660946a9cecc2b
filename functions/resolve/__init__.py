"""Resolve: turn an execution's input into one run."""
