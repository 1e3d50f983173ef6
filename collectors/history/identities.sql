-- What the log knows of the identities of a source: who they are, what they are, whether they are still there.
SELECT
    who,
    argMaxIf(identityJson, `index`, identityJson != '') AS identityJson,
    argMaxIf(identityType, `index`, identityType != '') AS identityType,
    argMaxIf(change, `index`, change IN ('seen', 'joined', 'enabled', 'disabled', 'key-revoked', 'left')) AS status
FROM
(
    SELECT
        e.`index` AS `index`,
        JSONExtractString(e.data, 'identityWho') AS who,
        JSONExtractRaw(e.`values`['person.identity'], 'identity') AS identityJson,
        JSONExtractString(e.data, 'identityType') AS identityType,
        JSONExtractString(e.data, 'change') AS change
    FROM events AS e
    WHERE e.source = {source:String} AND e.kind = 'identity.changed'
)
WHERE who != ''
GROUP BY who
ORDER BY who
