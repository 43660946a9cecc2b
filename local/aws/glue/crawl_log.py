"""Write a crawl's log: one stream per crawler in the group that Glue keeps for all of them.

The role of the crawler needs CreateLogGroup on the group's bare ARN, CreateLogStream on `…:log-stream:` without a name,
and PutLogEvents on its stream. That is partly a guess: AWS documents both resource types
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html), and denials for
either form have been reported for roles that name the other one only (https://github.com/awsdocs/iam-user-guide/pull/174).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ministack.services import cloudwatch_logs

from local.aws.patching import arn

if TYPE_CHECKING:
    from local.aws.iam.rights import Principal

GROUP = "/aws-glue/crawlers"


def place(crawler: str, crawl_id: str) -> dict[str, str]:
    """Return the log group and stream for LastCrawl."""
    return {"LogGroup": GROUP, "LogStream": crawler, "MessagePrefix": crawl_id}


def write(role: Principal, crawler: str, crawl_id: str, lines: list[str]) -> None:
    """Write a crawl's log if its role may; without that right the crawl continues without a log, as on AWS."""
    group = arn("logs", f"log-group:{GROUP}")
    needed = {
        "logs:CreateLogGroup": group,
        "logs:CreateLogStream": f"{group}:log-stream:",
        "logs:PutLogEvents": f"{group}:log-stream:{crawler}",
    }
    if not all(role.may(action, resource) for action, resource in needed.items()):
        return
    stream = {"logGroupName": GROUP, "logStreamName": crawler}
    cloudwatch_logs._create_log_group({"logGroupName": GROUP})  # answers that it exists, the next times
    cloudwatch_logs._create_log_stream(stream)  # the same
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": f"[{crawl_id}] {line}"} for line in lines]
    cloudwatch_logs._put_log_events({**stream, "logEvents": events})
