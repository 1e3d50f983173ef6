-- One entry by number, by event id or by leaf hash.
SELECT log, `index`, received, kind, source, id, subject, time, session, entry, lower(hex(leaf)) AS leafHex, mapKeys(`values`) AS disclosed
FROM events
WHERE ({by:String} = 'index' AND `index` = {index:UInt64}) OR ({by:String} = 'leaf' AND lower(hex(leaf)) = {text:String})
   OR ({by:String} = 'id' AND id = {text:String})
ORDER BY log, `index`
LIMIT 1
