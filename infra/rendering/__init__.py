"""Files of `sql/` and `statemachine/`, filled in with a stack's names and the contract's columns."""
