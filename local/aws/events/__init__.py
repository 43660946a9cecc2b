"""EventBridge and its Scheduler: when they fire, and what they may deliver."""
