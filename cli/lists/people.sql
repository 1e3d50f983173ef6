-- Identities that the sources' own lists showed, oldest first.
SELECT time, source, who, identity, name, identityType, change, `group`, observedFrom, observedTo, log, `index`
FROM identityChanges
WHERE time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
    AND ({person:String} = '' OR (position(lowerUTF8(identity), lowerUTF8({person:String})) > 0 OR who = {person:String}))
    AND ({resource:String} = '' OR 1 = 0)
    AND (time, `index`) > ({afterTime:DateTime64(6, 'UTC')}, {afterIndex:Int64})
ORDER BY time, `index`
LIMIT {limit:UInt32}
