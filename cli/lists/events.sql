-- Entries of the log as stored, oldest first.
SELECT time, received, source, id, kind, subject, person, who, resource, entry, log, `index`
FROM events
WHERE time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
    AND ({person:String} = '' OR (position(lowerUTF8(person), lowerUTF8({person:String})) > 0 OR who = {person:String}))
    AND ({resource:String} = '' OR resource = {resource:String})
    AND (time, `index`) > ({afterTime:DateTime64(6, 'UTC')}, {afterIndex:Int64})
ORDER BY time, `index`
LIMIT {limit:UInt32}
