-- Every privileged session, and the last successful sign-in of its person before it.
SELECT
    s.subject AS subject, s.startedAt AS time, s.log AS log, s.`index` AS `index`, s.source AS source,
    s.who AS who, s.person AS person, s.resource AS resource,
    multiIf(
        NOT l.there OR s.startedAt > addMilliseconds(l.time, {LOGIN_MAX_AGE:UInt64}), 'login-missing',
        NOT l.mfa, 'mfa-missing',
        '') AS exception,
    '' AS excluded,
    0 AS open,
    if(l.there, concat('signed in ', formatDateTime(l.time, '%Y-%m-%dT%H:%i:%S.%fZ'), if(l.method = '', '', concat(' by ', l.method))), 'no sign-in is known') AS detail
FROM (SELECT source, session, subject, log, `index`, who, person, resource, role, assumeNotNull(startedAt) AS startedAt
      FROM sessionsAt(size = {size:UInt64})
      WHERE startIndex IS NOT NULL AND startedAt >= {from:DateTime64(6, 'UTC')} AND startedAt < {to:DateTime64(6, 'UTC')}) AS s
ASOF LEFT JOIN
(
    SELECT who, time, JSONExtractBool(data, 'mfa') AS mfa, JSONExtractString(data, 'method') AS method, 1 AS there
    FROM eventsAt(size = {size:UInt64})
    WHERE kind = 'sign-in.observed' AND who != ''
        AND lower(JSONExtractString(data, 'result')) NOT IN ('failed', 'failure', 'denied', 'refused', 'error')
) AS l ON l.who = s.who AND s.startedAt >= l.time
WHERE has({privileged:Array(String)}, s.role)
    OR (s.source, s.session) IN (SELECT source, session FROM taggedSessionsAt(size = {size:UInt64}, words = {privileged:Array(String)}))
ORDER BY time, `index`, subject
