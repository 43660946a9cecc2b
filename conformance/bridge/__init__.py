"""A stand-in for Pulumi's AWS provider: Pulumi's provider protocol in front of the real Terraform AWS provider.

Pulumi's own provider is Terraform's behind a generated mapping of names (github.com/pulumi/pulumi-terraform-bridge).
Here the real provider validates, plans, replaces or updates, creates, reads and deletes; `names` is the mapping. It is
a process of its own, which the engine starts, in an environment of its own: it imports nothing else of the project.
"""
