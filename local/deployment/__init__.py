"""Deploys the Pulumi program into the embedded AWS: the real program, each resource made with boto3."""
