-- The last completeness record of a source.
SELECT
    '' AS versionKey,
    [] AS ids,
    e.subject AS subject,
    e.time AS at,
    e.data AS clear,
    e.`values` AS disclosed
FROM events AS e
WHERE e.source = {source:String} AND e.kind = 'source.polled'
ORDER BY e.log DESC, e.`index` DESC
LIMIT 1
