-- Identities that left in the period, and the last session that each started.
SELECT i.source AS source, i.who AS who, i.identity AS identity, i.name AS name, i.identityType AS identityType, i.leftAt AS leftAt,
    s.latest AS latest
FROM (SELECT source, who, identity, name, identityType, leftAt FROM identities WHERE leftAt >= {from:DateTime64(6,'UTC')} AND leftAt < {to:DateTime64(6,'UTC')}) AS i
LEFT JOIN (SELECT who, maxOrNull(startedAt) AS latest FROM sessions WHERE startedAt IS NOT NULL GROUP BY who) AS s ON s.who = i.who
ORDER BY leftAt, source, who
LIMIT {limit:UInt32}
