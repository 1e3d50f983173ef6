-- The last event of a kind for each subject.
SELECT
    '' AS versionKey,
    [] AS ids,
    e.subject AS subject,
    argMax(e.time, e.`index`) AS at,
    argMax(e.data, e.`index`) AS clear,
    argMax(e.`values`, e.`index`) AS disclosed
FROM events AS e
WHERE e.source = {source:String} AND e.kind = {kind:String}
GROUP BY e.subject
ORDER BY e.subject
