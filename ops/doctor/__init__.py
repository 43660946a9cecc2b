"""The checks of `ops doctor`."""
