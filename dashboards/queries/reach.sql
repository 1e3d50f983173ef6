-- Who reached what: sessions that started in the period, by identity and target.
SELECT who, anyLast(person) AS person, anyLast(personName) AS personName, anyLast(identityType) AS identityType, resource,
    count() AS sessions, sum(ifNull(durationMs, 0)) AS durationMs, max(startedAt) AS latest
FROM sessions
WHERE startedAt >= {from:DateTime64(6,'UTC')} AND startedAt < {to:DateTime64(6,'UTC')}
GROUP BY who, resource
ORDER BY who, resource
LIMIT {limit:UInt32}
