-- Statements that a gateway saw pass through its tunnels, with the database user of the session's tunnel.
SELECT
    c.source AS source,
    c.session AS session,
    JSONExtractUInt(c.data, 'seq') AS seq,
    any(c.time) AS time,
    any(s.login) AS login,
    any(c.resource) AS resource,
    any(JSONExtractString(c.`values`['content'], 'statement')) AS statement
FROM
(
    SELECT e.source AS source, e.session AS session, e.data AS data, e.time AS time, e.resource AS resource, e.`values` AS `values`
    FROM events AS e
    WHERE e.kind = 'command.executed'
      AND startsWith(e.subject, 'session/')
      AND JSONExtractString(e.data, 'decision') = 'observed'
      AND e.time >= {since:DateTime64(6,'UTC')}
) AS c
INNER JOIN
(
    SELECT
        e.source AS source,
        e.session AS session,
        argMax(JSONExtractString(e.`values`['person'], 'login'), e.`index`) AS login
    FROM events AS e
    WHERE e.kind = 'session.started'
    GROUP BY e.source, e.session
) AS s ON s.source = c.source AND s.session = c.session
WHERE s.login != ''
GROUP BY source, session, seq
HAVING statement != ''
ORDER BY source, session, seq
