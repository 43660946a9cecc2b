-- Every run, also failed ones, but no rehearsals.
-- column: snapshot_date date the date that the run was about; null if its input named none
-- column: run_id string the run
-- column: execution_arn string the execution in Step Functions
-- column: mode string daily, replay or inbox
-- column: outcome string published, partial, unchanged or failed
-- column: started_at timestamp start of the execution, UTC
-- column: finished_at timestamp end of the execution's work, UTC
-- column: state string the state that failed
-- column: error string the error's name
-- column: cause string what happened and what to do
-- column: inputs_digest string digest of the frozen inputs
-- column: row_counts map<string,bigint> rows written, by table
-- column: quarantined bigint number of rejected records
-- column: quarantine_ratio double rejected records as a share of those read
-- column: requests map<string,bigint> requests to Spotify, by quota group
-- column: waits_s double seconds spent waiting for Spotify
-- column: bytes_scanned bigint bytes the audit query scanned
-- column: cost_usd double list price of the run
-- column: gates string the audit's gates, as JSON
-- column: reasons string why records were rejected or requests left out, as JSON
SELECT
    TRY_CAST(r.snapshot_date AS date) AS snapshot_date,
    r.run_id,
    r.execution_arn,
    r.mode,
    r.outcome,
    CAST(from_iso8601_timestamp(r.started_at) AT TIME ZONE 'UTC' AS timestamp) AS started_at,
    CAST(from_iso8601_timestamp(r.finished_at) AT TIME ZONE 'UTC' AS timestamp) AS finished_at,
    r.state,
    r.error,
    r.cause,
    r.inputs_digest,
    r.rows AS row_counts,
    r.quarantined,
    r.quarantine_ratio,
    r.requests,
    r.waits_s,
    r.bytes_scanned,
    r.cost_usd,
    r.gates,
    r.reasons
FROM ${LakeDatabase}.runs AS r
WHERE r.mode IS NULL OR r.mode <> 'rehearsal'
