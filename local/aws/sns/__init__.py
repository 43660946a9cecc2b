"""SNS: who is told, and what is counted."""
