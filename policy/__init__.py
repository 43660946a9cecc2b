"""The policy pack: the rules by which Pulumi refuses to deploy."""
