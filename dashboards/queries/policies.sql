-- Snapshots that were in force at some moment of the period, newest first, with the sessions that started under each.
SELECT p.source AS source, p.sha256 AS sha256, p.log AS log, p.`index` AS `index`, p.observedFrom AS observedFrom, p.inForceFrom AS inForceFrom,
    p.inForceTo AS inForceTo, p.nextFrom AS nextFrom, p.document AS document, s.sessions AS sessions
FROM
(
    SELECT source, sha256, log, `index`, observedFrom, inForceFrom, inForceTo, nextFrom, document
    FROM policies
    WHERE inForceFrom < {to:DateTime64(6,'UTC')} AND nextFrom > {from:DateTime64(6,'UTC')}
      AND ({cursorSource:String} = ''
           OR inForceFrom < {cursorTime:DateTime64(6,'UTC')}
           OR (inForceFrom = {cursorTime:DateTime64(6,'UTC')} AND source > {cursorSource:String})
           OR (inForceFrom = {cursorTime:DateTime64(6,'UTC')} AND source = {cursorSource:String} AND `index` < {cursorIndex:UInt64}))
    ORDER BY inForceFrom DESC, source, `index` DESC
    LIMIT {limit:UInt32}
) AS p
LEFT JOIN
(
    SELECT q.source AS source, q.`index` AS `index`, count() AS sessions
    FROM (SELECT source, startedAt FROM sessions WHERE startedAt >= {from:DateTime64(6,'UTC')} AND startedAt < {to:DateTime64(6,'UTC')}) AS t
    INNER JOIN (SELECT source, `index`, inForceFrom, inForceTo FROM policies) AS q ON q.source = t.source
    WHERE t.startedAt >= q.inForceFrom AND t.startedAt < q.inForceTo
    GROUP BY q.source, q.`index`
) AS s ON s.source = p.source AND s.`index` = p.`index`
ORDER BY inForceFrom DESC, source, `index` DESC
