"""Read records one by one: a valid record becomes a row, any other is rejected with its reasons."""
