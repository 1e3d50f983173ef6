SELECT subject, time, log, `index`, who, person, resource, exception, excluded, open, detail, acceptedBy, acceptedUntil, acceptedIndex
FROM (/* rows */)
WHERE (log, `index`, subject, resource, detail) > ({afterLog:Int64}, {afterIndex:UInt64}, {afterSubject:String}, {afterResource:String}, {afterDetail:String})
ORDER BY log, `index`, subject, resource, detail
LIMIT {most:UInt64}
