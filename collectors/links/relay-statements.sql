-- Statements of relay sessions that have no certain link yet, with the database user that the client claimed.
SELECT
    e.source AS source,
    JSONExtractString(e.data, 'relaySession') AS relaySession,
    JSONExtractUInt(e.data, 'seq') AS seq,
    any(e.time) AS time,
    any(JSONExtractString(e.`values`['person'], 'person', 'id')) AS login,
    any(e.resource) AS resource,
    any(JSONExtractString(e.`values`['content'], 'statement')) AS statement
FROM events AS e
WHERE e.kind IN ('command.executed', 'command.blocked')
  AND startsWith(e.subject, 'relay/')
  AND e.time >= {since:DateTime64(6,'UTC')}
  AND e.subject NOT IN
  (
      SELECT l.`from`
      FROM links AS l
      WHERE startsWith(l.`from`, 'relay/') AND startsWith(l.`to`, 'session/') AND l.confidence != 'ambiguous'
  )
GROUP BY source, relaySession, seq
HAVING login != '' AND statement != ''
ORDER BY source, relaySession, seq
