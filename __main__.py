"""The architecture: what there is, what it is told, and what it may do."""

from __future__ import annotations

import json
from functools import partial

import pulumi

from functions.shared.keys import (
    DIGEST,
    FEED,
    FRONTIER,
    QUOTA,
    REHEARSAL_DATE,
    REHEARSED_INPUTS,
    TABLES,
    WATCHLIST,
    raw_date,
)
from infra.alarms import Alarms
from infra.alerts import AlertTopic, DeadLetters
from infra.catalogue import Catalogue
from infra.cost.budget import MonthlyBudget
from infra.crawler import Crawler
from infra.dashboard import Dashboard
from infra.digest import DigestTopic
from infra.encryption import EncryptionKey
from infra.function import PipelineFunction, Size
from infra.lake import Lake
from infra.locks import LockTable
from infra.packaging.layers import DependencyLayers
from infra.pipeline import Pipeline, audit_sql, lake_tables
from infra.place import Place
from infra.rights import athena, glue
from infra.rights.access import (
    acquire_lock,
    delete,
    list_keys,
    never_write,
    publish_to,
    read,
    read_lock,
    read_write,
    see_missing_objects,
    write,
)
from infra.rights.statements import allow
from infra.secret import SpotifySecret
from infra.settings import Settings
from infra.tags import tag_everything
from infra.triggers import DailySchedule, FailureWatch, InboxTrigger
from infra.workgroup import Workgroup

settings = Settings.load()
tag_everything({"project": "spotify-lake", "stack": settings.stack})
place = Place.current(settings)

# What is kept, and where news and bad news go
key = EncryptionKey(place)
lake = Lake(place, key)
secret = SpotifySecret(place, key)
locks = LockTable(place, key)
alerts = AlertTopic(place, key)
digests = DigestTopic(place, key)
dead_letters = DeadLetters(place, key)

# What Athena knows
catalogue = Catalogue(place, lake)
crawler = Crawler(place, lake, catalogue)
workgroup = Workgroup(place, lake, catalogue)

# What the pipeline does: nine functions, each with its rights; none may write what starts the pipeline
tables = [f"{table}/*" for table in TABLES]
rehearsed = [f"{raw_date(REHEARSAL_DATE)}*", f"{REHEARSED_INPUTS}*"]
no_self_trigger = never_write(lake.raw, "inbox/*")
function = partial(PipelineFunction, place=place, key=key, layers=DependencyLayers(place, key), never=[no_self_trigger])

resolve = function(
    "resolve",
    does="Turns an execution's input into a run: its ID, its date, when its day ends",
    size=Size(memory_mb=512, timeout_s=30, concurrency=5),
    environment={
        "TIME_ZONE": settings.time_zone,
        "RAW_BUCKET": lake.raw.name,
        "CLOCK_DAYS_AHEAD": "0",  # AWS's clock; a stack on one machine moves its own (local/clock.py)
    },
    may=[],
)
extract = function(
    "extract",
    does="Requests the day's data from Spotify and writes it to the raw bucket, one slice per call",
    size=Size(memory_mb=512, timeout_s=900),
    environment={
        "RAW_BUCKET": lake.raw.name,
        "SPOTIFY_SECRET_ARN": secret.arn,
        "SPOTIFY_API_URL": settings.spotify_api_url,
        "SPOTIFY_TOKEN_URL": settings.spotify_token_url,
        "MARKET": settings.market,
        "PROFILE": settings.profile,
        "BUDGETS": json.dumps(settings.budgets),
        "RELEASE_GROUPS": json.dumps(settings.release_groups),
        "REFRESH_DAYS": str(settings.refresh_days),
        "RETENTION_DAYS": str(settings.retention_days),
        "MAX_WAIT_MINUTES": str(settings.max_wait_minutes),
        "CALLS_PER_30_SECONDS": str(settings.calls_per_30_seconds),
    },
    may=[
        read(secret),
        read(lake.raw, WATCHLIST),
        read_write(lake.raw, "raw/*", FRONTIER, QUOTA),
        list_keys(lake.raw, "raw/*", "state/*"),
    ],
)
freeze = function(
    "freeze",
    does="Lists the objects that the run reads, and finds the run that already published them",
    size=Size(memory_mb=1024, timeout_s=300),
    environment={"RAW_BUCKET": lake.raw.name, "CURATED_BUCKET": lake.curated.name},
    may=[
        list_keys(lake.raw, "raw/*", "inbox/*"),
        read(lake.raw, "raw/*/_manifest.json"),
        read_write(lake.raw, "runs/*"),
        see_missing_objects(lake.raw, "runs/*"),
        read(lake.curated, "published/*"),
        see_missing_objects(lake.curated, "published/*"),
    ],
)
transform = function(
    "transform",
    does="Turns the frozen inputs into the contract's tables, and rejected records into quarantine",
    size=Size(memory_mb=3008, timeout_s=900, concurrency=5),
    environment={
        "RAW_BUCKET": lake.raw.name,
        "CURATED_BUCKET": lake.curated.name,
        "PROFILE": settings.profile,
        "MAX_QUARANTINE_RATIO": str(settings.max_quarantine_ratio),
    },
    may=[
        read(lake.raw, "raw/*", "inbox/*", "runs/*"),
        see_missing_objects(lake.raw, "raw/*", "inbox/*", "runs/*"),
        read_write(lake.curated, *tables),
    ],
)
audit = function(
    "audit",
    does="Validates a run before it is published: the catalog after the crawl, and the results of the audit query",
    size=Size(memory_mb=512, timeout_s=30, concurrency=5),
    environment={
        "MAX_QUARANTINE_RATIO": str(settings.max_quarantine_ratio),
        "ROW_DROP_TOLERANCE": str(settings.row_drop_tolerance),
    },
    may=[],
)
publish = function(
    "publish",
    does="Publishes the run for its date by one PUT, and adds the run to the ledger",
    size=Size(memory_mb=1024, timeout_s=60, concurrency=5),
    environment={"CURATED_BUCKET": lake.curated.name, "METRIC_NAMESPACE": settings.name},
    may=[
        read(lake.curated, "published/*"),
        write(lake.curated, "published/*", "runs/*"),
        see_missing_objects(lake.curated, "published/*"),
    ],
)
sweep = function(
    "sweep",
    does="Deletes superseded, failed and expired runs, objects and partitions",
    size=Size(memory_mb=512, timeout_s=900),
    environment={
        "RAW_BUCKET": lake.raw.name,
        "CURATED_BUCKET": lake.curated.name,
        "LAKE_DATABASE": catalogue.lake_database.name,
        "LOCK_TABLE": locks.name,
        "SUPERSEDED_GRACE_MINUTES": str(settings.superseded_grace_minutes),
        "RETENTION_DAYS": str(settings.retention_days),
    },
    may=[
        list_keys(lake.curated, *tables),
        delete(lake.curated, *tables),
        list_keys(lake.raw, *rehearsed),
        delete(lake.raw, *rehearsed),
        read(lake.curated, "published/*"),
        see_missing_objects(lake.curated, "published/*"),
        glue.delete_partitions(place, catalogue),
        read_lock(locks),
    ],
)
digest = function(
    "digest",
    does="Sends what is new, changed and gone, each item once, and writes the feed",
    size=Size(memory_mb=512, timeout_s=120),
    environment={
        "RAW_BUCKET": lake.raw.name,
        "CURATED_BUCKET": lake.curated.name,
        "WORKGROUP": workgroup.name,
        "VIEWS_DATABASE": catalogue.views_database.name,
        "LAKE_DATABASE": catalogue.lake_database.name,
        "DIGEST_TOPIC_ARN": digests.arn,
        "DIGEST_ALWAYS": str(settings.digest_always).lower(),
        "DAILY_RUN": settings.daily_run,
    },
    may=[
        read_write(lake.raw, DIGEST),
        see_missing_objects(lake.raw, DIGEST),
        read(lake.curated, "runs/*"),
        write(lake.curated, FEED),
        athena.query(workgroup, lake),
        athena.read_lake(place, lake, catalogue, ("artists", "albums", "tracks", "observations", "runs", "published")),
        glue.look_up_views(place, catalogue),
        publish_to(digests),
    ],
)
at_work = {"resolve": resolve, "extract": extract, "freeze": freeze, "transform": transform,
           "audit": audit, "publish": publish, "sweep": sweep, "digest": digest}  # fmt: skip
report = function(
    "report",
    does="Writes the report of a run, its results and its cost, as one page in the curated bucket",
    size=Size(memory_mb=1024, timeout_s=180, concurrency=5),
    environment={
        "CURATED_BUCKET": lake.curated.name,
        "WORKGROUP": workgroup.name,
        "VIEWS_DATABASE": catalogue.views_database.name,
        "LAKE_DATABASE": catalogue.lake_database.name,
        "ARCHITECTURE": settings.architecture,
        "MEMORY_MB": json.dumps({name: each.memory_mb for name, each in at_work.items()}),
    },
    may=[
        allow(
            "states:DescribeExecution", "states:GetExecutionHistory", "states:DescribeStateMachineForExecution",
            on=[place.executions_arn],
        ),
        athena.query(workgroup, lake),
        athena.read_lake(place, lake, catalogue),
        glue.look_up_views(place, catalogue),
        write(lake.curated, "reports/*", "runs/*"),
    ],
)  # fmt: skip
functions = at_work | {"report": report}

# Who calls them, in which order: statemachine/pipeline.asl.json
pipeline = Pipeline(
    place,
    key,
    values={
        **{f"{name.capitalize()}FunctionArn": each.arn for name, each in functions.items()},
        "LockTable": locks.name,
        "CrawlerName": crawler.name,
        "LakeDatabase": catalogue.lake_database.name,
        "LakeTables": lake_tables(),
        "Workgroup": workgroup.name,
        "AuditSql": audit_sql(),
        "CuratedBucket": lake.curated.name,
        "AlertTopicArn": alerts.arn,
        "CrawlPollSeconds": str(settings.crawl_poll_seconds),
        "LockPollSeconds": str(settings.lock_poll_seconds),
        "ConsoleUrl": place.console_url,
        "Stack": settings.stack,
    },
    may=[
        allow("lambda:InvokeFunction", on=[each.arn for each in functions.values()]),
        acquire_lock(locks),
        allow("states:DescribeExecution", on=[place.executions_arn]),
        glue.crawl(place, crawler.name),
        athena.query(workgroup, lake),
        athena.read_lake(place, lake, catalogue),
        write(lake.curated, "runs/*"),
        publish_to(alerts),
    ],
    never=[no_self_trigger],
)

# What starts it, and who hears when it ends badly
schedule = DailySchedule(place, pipeline, dead_letters)
inbox = InboxTrigger(place, lake.raw, pipeline, dead_letters)
failures = FailureWatch(place, pipeline, alerts, dead_letters)

# What an operator is told, and sees
Alarms(
    place,
    alerts,
    pipeline=pipeline,
    functions=functions,
    rules=[inbox.rule_name, failures.rule_name],
    dead_letters=dead_letters,
)
Dashboard(place, functions)
if settings.monthly_budget_usd:
    MonthlyBudget(place, alerts)

pulumi.export("raw_bucket", lake.raw.name)
pulumi.export("curated_bucket", lake.curated.name)
pulumi.export("results_bucket", lake.results.name)
pulumi.export("state_machine_arn", pipeline.arn)
pulumi.export("crawler_name", crawler.name)
pulumi.export("workgroup", workgroup.name)
pulumi.export("lake_database", catalogue.lake_database.name)
pulumi.export("views_database", catalogue.views_database.name)
pulumi.export("lock_table", locks.name)
pulumi.export("alert_topic_arn", alerts.arn)
pulumi.export("digest_topic_arn", digests.arn)
pulumi.export("dlq_url", dead_letters.url)
pulumi.export("secret_arn", secret.arn)
pulumi.export("key", {"arn": key.arn or "", "must_allow": key.must_allow})
pulumi.export("functions", {name: each.arn for name, each in functions.items()})
pulumi.export("time_zone", settings.time_zone)
pulumi.export("schedule_name", schedule.name)
pulumi.export("daily_run", settings.daily_run)
