-- Everything a source said about some subjects: by version key the last two ids, the data and the time of the last.
-- An id ends in ':' and 32 hex digits.
SELECT
    substring(e.id, 1, length(e.id) - 33) AS versionKey,
    arraySlice(arrayMap(pair -> pair.2, arraySort(groupArray((e.`index`, e.id)))), -2) AS ids,
    any(e.subject) AS subject,
    argMax(e.time, e.`index`) AS at,
    argMax(e.data, e.`index`) AS clear,
    argMax(e.`values`, e.`index`) AS disclosed
FROM events AS e
WHERE e.source = {source:String} AND e.subject IN {subjects:Array(String)}
GROUP BY versionKey
ORDER BY versionKey
