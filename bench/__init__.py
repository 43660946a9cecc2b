"""The measures of the README, each module one of them."""
