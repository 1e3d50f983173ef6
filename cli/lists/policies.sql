-- Policy snapshots, oldest first, with the interval each was certainly in force.
SELECT time, source, sha256, previous, observedFrom, inForceFrom, inForceTo, nextFrom, log, `index`
FROM policies
WHERE time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
    AND ({person:String} = '' OR 1 = 0)
    AND ({resource:String} = '' OR 1 = 0)
    AND (time, `index`) > ({afterTime:DateTime64(6, 'UTC')}, {afterIndex:Int64})
ORDER BY time, `index`
LIMIT {limit:UInt32}
