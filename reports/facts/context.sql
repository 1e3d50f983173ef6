-- Entries that say what became of the given subjects: not the statements of a session, which can be many.
SELECT e.`index` AS `index`
FROM events AS e
WHERE e.log = {log:UInt16} AND e.`index` < {size:UInt64}
    AND
    (
        (e.subject IN {subjects:Array(String)} AND NOT startsWith(e.kind, 'command.') AND e.kind NOT IN ('masking.applied', 'sensitive.detected', 'recording.viewed'))
        OR (e.kind = 'link.derived' AND (JSONExtractString(e.data, 'from') IN {subjects:Array(String)} OR JSONExtractString(e.data, 'to') IN {subjects:Array(String)}))
        OR (e.kind IN ('bypass.reviewed', 'alert.judged', 'access.reviewed') AND JSONExtractString(e.data, 'about') IN {subjects:Array(String)})
    )
ORDER BY e.`index`
