-- Every privileged session and how long it lasted. One without an end lasts until the period or the log ends.
SELECT
    s.subject AS subject, assumeNotNull(s.startedAt) AS time, s.log AS log, s.`index` AS `index`, s.source AS source,
    s.who AS who, s.person AS person, s.resource AS resource,
    if(lengthMs > {PRIV_MAX:UInt64}, 'too-long', '') AS exception,
    '' AS excluded,
    exception = '' AND NOT ended AS open,
    concat(if(ended, 'lasted ', 'no end yet after '), toString(intDiv(greatest(lengthMs, 0), 1000)), ' s') AS detail,
    s.endIndex IS NOT NULL AND s.outcome != 'abandoned' AS ended,
    if(ended,
       coalesce(toInt64(s.durationMs), dateDiff('millisecond', assumeNotNull(s.startedAt), assumeNotNull(s.endedAt))),
       dateDiff('millisecond', assumeNotNull(s.startedAt), least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')}))) AS lengthMs
FROM (SELECT * FROM sessionsAt(size = {size:UInt64})
      WHERE startIndex IS NOT NULL AND startedAt >= {from:DateTime64(6, 'UTC')} AND startedAt < {to:DateTime64(6, 'UTC')}) AS s
WHERE has({privileged:Array(String)}, s.role)
    OR (s.source, s.session) IN (SELECT source, session FROM taggedSessionsAt(size = {size:UInt64}, words = {privileged:Array(String)}))
ORDER BY time, `index`, subject
