-- What else the log holds about a session: bypasses, refused attempts, recordings stored and viewed.
SELECT log, `index`, time, kind, person, JSONExtractString(data, 'how') AS how, JSONExtractString(`values`['content'], 'reason') AS reason,
    JSONExtractString(`values`['person.by'], 'by', 'name') AS byName, JSONExtractString(`values`['person.by'], 'by', 'email') AS byEmail
FROM events
WHERE session = {session:String} AND kind IN ('bypass.used', 'session.refused', 'recording.stored', 'recording.viewed')
ORDER BY time, log, `index`
LIMIT {limit:UInt32}
