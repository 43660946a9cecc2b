"""The policy pack: what Pulumi refuses to deploy."""
