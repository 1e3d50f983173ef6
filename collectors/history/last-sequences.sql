-- The highest statement number of relay sessions.
SELECT
    JSONExtractString(e.data, 'relaySession') AS relaySession,
    max(JSONExtractUInt(e.data, 'seq')) AS last
FROM events AS e
WHERE e.source = {source:String} AND e.subject IN {subjects:Array(String)} AND e.kind IN ('command.executed', 'command.blocked')
GROUP BY relaySession
ORDER BY relaySession
