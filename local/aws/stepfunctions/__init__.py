"""Step Functions: executions, states, tasks, and the role that a state machine acts with."""
