-- Sessions asked for and released, oldest first.
SELECT time, source, session, state, person, who, resource, resourceType, environment, verb, requestedAt, startedAt, startedBefore, endedAt, outcome, exitCode, durationMs, approval, purpose, recordingSha256, recordingBytes, log, `index`
FROM sessions
WHERE time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
    AND ({person:String} = '' OR (position(lowerUTF8(person), lowerUTF8({person:String})) > 0 OR who = {person:String}))
    AND ({resource:String} = '' OR resource = {resource:String})
    AND (time, `index`) > ({afterTime:DateTime64(6, 'UTC')}, {afterIndex:Int64})
ORDER BY time, `index`
LIMIT {limit:UInt32}
