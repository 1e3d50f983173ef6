-- Masking as the detector reported it, oldest first. total counts values of all types together.
SELECT time, source, subject, session, relaySession, resource, types, detected, masked, total, errors, rule, log, `index`
FROM masking
WHERE time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
    AND ({person:String} = '' OR 1 = 0)
    AND ({resource:String} = '' OR resource = {resource:String})
    AND (time, `index`) > ({afterTime:DateTime64(6, 'UTC')}, {afterIndex:Int64})
ORDER BY time, `index`
LIMIT {limit:UInt32}
