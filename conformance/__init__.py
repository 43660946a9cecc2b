"""Runs the program against each real part that this machine has."""
