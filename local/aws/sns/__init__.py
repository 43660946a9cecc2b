"""SNS: deliveries to subscribers, and metrics."""
