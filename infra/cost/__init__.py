"""What a stack costs: the price of a month, and the budget that alerts."""
