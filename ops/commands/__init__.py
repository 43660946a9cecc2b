"""The commands: each calls a module of this package, prints the result, and exits with a code of `ops.errors`."""
