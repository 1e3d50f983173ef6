SELECT subject, time, log, `index`, who, person, resource, exception, detail, acceptedBy, acceptedUntil, acceptedIndex
FROM (/* rows */)
WHERE exception != ''
ORDER BY time, `index`, subject, resource, detail
LIMIT {most:UInt64}
