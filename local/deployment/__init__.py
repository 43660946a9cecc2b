"""Deploys the Pulumi program into the embedded AWS: the real program, each resource made with boto3."""

from __future__ import annotations

from local.deployment.deploy import Deployment, deploy
from local.deployment.errors import DeploymentError

__all__ = ["Deployment", "DeploymentError", "deploy"]
