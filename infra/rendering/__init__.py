"""Fill in the files of `sql/` and `statemachine/` with a stack's names and the contract's columns."""
