-- Every privileged session, and whether its recording is there and whole. While it has no end, its recording is not due.
SELECT
    s.subject AS subject, assumeNotNull(s.startedAt) AS time, s.log AS log, s.`index` AS `index`, s.source AS source,
    s.who AS who, s.person AS person, s.resource AS resource,
    multiIf(
        open, '',
        s.recordingSha256 = '' AND NOT r.there, 'recording-missing',
        s.recordingTruncated, 'recording-truncated',
        '') AS exception,
    '' AS excluded,
    s.endIndex IS NULL AS open,
    if(s.recordingSha256 = '', '', concat('recording ', s.recordingSha256)) AS detail
FROM (SELECT * FROM sessionsAt(size = {size:UInt64})
      WHERE startIndex IS NOT NULL AND startedAt >= {from:DateTime64(6, 'UTC')} AND startedAt < {to:DateTime64(6, 'UTC')}) AS s
LEFT JOIN (SELECT source, session, 1 AS there FROM eventsAt(size = {size:UInt64}) WHERE kind = 'recording.stored' GROUP BY source, session) AS r
    ON r.source = s.source AND r.session = s.session
WHERE has({privileged:Array(String)}, s.role)
    OR (s.source, s.session) IN (SELECT source, session FROM taggedSessionsAt(size = {size:UInt64}, words = {privileged:Array(String)}))
ORDER BY time, `index`, subject
