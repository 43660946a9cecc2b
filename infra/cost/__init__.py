"""The cost of a stack: the price of a month, and the budget that alerts."""
