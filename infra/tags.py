"""Set the tags of every resource in a stack that can have tags."""

from __future__ import annotations

import pulumi


def tag_everything(tags: dict[str, str]) -> None:
    """Give every resource registered from now on exactly these tags, if its type has tags."""

    def add(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        if not hasattr(type(args.resource), "tags"):
            return None
        return pulumi.ResourceTransformationResult({**args.props, "tags": tags}, args.opts)

    pulumi.runtime.register_stack_transformation(add)
