"""EventBridge and its Scheduler: what fires when, and what it may deliver."""
