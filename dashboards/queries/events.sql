-- Entries in order of the log, oldest first, after a given index.
SELECT log, `index`, received, kind, source, id, subject, time, session, resource, who, person, entry, lower(hex(leaf)) AS leafHex
FROM events
WHERE time >= {from:DateTime64(6,'UTC')} AND time < {to:DateTime64(6,'UTC')}
  AND ({kind:String} = '' OR kind = {kind:String})
  AND ({person:String} = '' OR who = {person:String} OR positionCaseInsensitiveUTF8(person, {person:String}) > 0)
  AND ({resource:String} = '' OR resource = {resource:String})
  AND ({session:String} = '' OR session = {session:String})
  AND `index` > {cursorIndex:Int64}
ORDER BY log, `index`
LIMIT {limit:UInt32}
