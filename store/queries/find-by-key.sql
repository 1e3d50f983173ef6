SELECT toString(key) AS key, source, id, log, `index`, toString(mac) AS mac
FROM entries
WHERE key IN {keys:Array(UInt64)}
ORDER BY log, `index`
LIMIT 1 BY log, `index`
