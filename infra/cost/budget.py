"""The monthly budget: alerts about cost before the bill arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from infra.alerts import AlertTopic
    from infra.place import Place


class MonthlyBudget(pulumi.ComponentResource):
    """A budget over the account's cost, which alerts when 80% is spent and when 100% is forecast.

    It counts the whole account: a filter by tag sees nothing until the tag is activated for cost allocation.
    """

    def __init__(self, place: Place, topic: AlertTopic) -> None:
        name = place.name("monthly")
        super().__init__("spotify-lake:infra:MonthlyBudget", name)
        aws.budgets.Budget(
            name,
            name=name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(place.settings.monthly_budget_usd),
            limit_unit="USD",
            notifications=[
                {
                    "comparison_operator": "GREATER_THAN",
                    "notification_type": kind,
                    "threshold": threshold,
                    "threshold_type": "PERCENTAGE",
                    "subscriber_sns_topic_arns": [topic.arn],
                }
                for kind, threshold in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
