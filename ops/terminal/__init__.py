"""How a command reads its options and shows its results."""
