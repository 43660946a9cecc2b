"""Every way a local deployment can fail; each is a mistake in the program, the configuration or a mapper.

DeploymentError
├── UnmappedType      the program registered a resource type that no mapper here creates
├── UnmappedInput     a resource has an input that its mapper neither uses nor knowingly leaves
├── UnmappedInvoke    the program asked AWS a question that nothing here answers
├── WrongInput        an input is missing, unknown to the call it goes into, or of the wrong kind
├── ConfigurationError  a key of Pulumi.yaml or of the stack's file cannot be used
└── ResourceFailed    the embedded AWS refused a resource; the message names it and quotes the answer
"""

from __future__ import annotations


class DeploymentError(Exception):
    """The Pulumi program could not be deployed into the embedded AWS."""


class UnmappedType(DeploymentError):
    """No mapper creates this resource type."""


class UnmappedInput(DeploymentError):
    """A mapper would drop an input silently."""


class UnmappedInvoke(DeploymentError):
    """This provider function is not implemented."""


class WrongInput(DeploymentError):
    """A value does not fit AWS's shape."""


class ConfigurationError(DeploymentError):
    """The stack's configuration cannot be read."""


class ResourceFailed(DeploymentError):
    """The embedded AWS refused a resource."""
