"""`make demo`: run days end to end and print their results."""
