-- Statements, executed and blocked, oldest first.
SELECT time, source, subject, session, relaySession, seq, person, who, resource, language, class, statement, decision, result, rows, rule, action, log, `index`
FROM commands
WHERE time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
    AND ({person:String} = '' OR (position(lowerUTF8(person), lowerUTF8({person:String})) > 0 OR who = {person:String}))
    AND ({resource:String} = '' OR resource = {resource:String})
    AND (time, `index`) > ({afterTime:DateTime64(6, 'UTC')}, {afterIndex:Int64})
ORDER BY time, `index`
LIMIT {limit:UInt32}
