-- Identities that used the gateway in the period and that no list of identities names.
SELECT who, anyLast(person) AS person, anyLast(identityType) AS identityType, count() AS sessions, max(startedAt) AS latest
FROM sessions
WHERE startedAt >= {from:DateTime64(6,'UTC')} AND startedAt < {to:DateTime64(6,'UTC')}
  AND who NOT IN (SELECT who FROM identities)
GROUP BY who
ORDER BY sessions DESC, who
LIMIT {limit:UInt32}
