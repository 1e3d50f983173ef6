-- Every privileged session, and what was wrong with its approval.
SELECT
    s.subject AS subject, assumeNotNull(s.startedAt) AS time, s.log AS log, s.`index` AS `index`, s.source AS source,
    s.who AS who, s.person AS person, s.resource AS resource,
    a.finding AS exception,
    a.excluded AS excluded,
    0 AS open,
    a.detail AS detail
FROM (SELECT * FROM sessionsAt(size = {size:UInt64})
      WHERE startIndex IS NOT NULL AND startedAt >= {from:DateTime64(6, 'UTC')} AND startedAt < {to:DateTime64(6, 'UTC')}) AS s
INNER JOIN sessionApprovalsAt(size = {size:UInt64}) AS a ON a.source = s.source AND a.session = s.session
WHERE has({privileged:Array(String)}, s.role)
    OR (s.source, s.session) IN (SELECT source, session FROM taggedSessionsAt(size = {size:UInt64}, words = {privileged:Array(String)}))
ORDER BY time, `index`, subject
