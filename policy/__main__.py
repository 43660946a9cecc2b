"""The pack as Pulumi runs it: `pulumi preview --policy-pack policy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_policy import EnforcementLevel, PolicyPack, ReportViolation, StackValidationArgs, StackValidationPolicy
from pulumi_policy.proxy import UnknownValueError
from rules import RULES, Resource, known

if TYPE_CHECKING:
    from rules import Rule


def stack_policy(rule: Rule) -> StackValidationPolicy:
    """Return a rule as a policy over the whole stack, mandatory."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [
            Resource(each.resource_type, each.name, known(each.props, UnknownValueError)) for each in args.resources
        ]
        for sentence in rule(resources):
            report(sentence)

    return StackValidationPolicy(
        name=rule.__name__.replace("_", "-"),
        description=(rule.__doc__ or "").splitlines()[0].replace("Yield", "Refuse", 1),
        enforcement_level=EnforcementLevel.MANDATORY,
        validate=validate,
    )


PolicyPack("spotify-lake", policies=[stack_policy(rule) for rule in RULES])
