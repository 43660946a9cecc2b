"""Run the policy pack as Pulumi does: `pulumi preview --policy-pack policy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError
from rules import NOTICES, RESOURCE_RULES, STACK_RULES, Resource, known

if TYPE_CHECKING:
    from rules import ResourceRule, StackRule


def resource_policy(rule: ResourceRule) -> ResourceValidationPolicy:
    """Return a rule as a mandatory policy on each resource, evaluated before the resource is created or changed."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for sentence in rule(Resource(args.resource_type, args.name, known(args.props, UnknownValueError))):
            report(sentence)

    return ResourceValidationPolicy(
        name=named(rule),
        description=described(rule),
        enforcement_level=EnforcementLevel.MANDATORY,
        validate=validate,
    )


def stack_policy(rule: StackRule, level: EnforcementLevel) -> StackValidationPolicy:
    """Return a rule as a policy over the whole stack."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [
            Resource(each.resource_type, each.name, known(each.props, UnknownValueError)) for each in args.resources
        ]
        for sentence in rule(resources):
            report(sentence)

    return StackValidationPolicy(
        name=named(rule), description=described(rule), enforcement_level=level, validate=validate
    )


def named(rule: ResourceRule | StackRule) -> str:
    """Return a rule's name as Pulumi writes names of policies."""
    return rule.__name__.replace("_", "-")


def described(rule: ResourceRule | StackRule) -> str:
    """Return what a rule reports, in one line."""
    return (rule.__doc__ or "").splitlines()[0].replace("Yield", "Report", 1)


PolicyPack(
    "spotify-lake",
    policies=[
        *(resource_policy(rule) for rule in RESOURCE_RULES),
        *(stack_policy(rule, EnforcementLevel.MANDATORY) for rule in STACK_RULES),
        *(stack_policy(rule, EnforcementLevel.ADVISORY) for rule in NOTICES),
    ],
)
