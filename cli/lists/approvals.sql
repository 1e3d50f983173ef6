-- Decisions on approvals, oldest first.
SELECT time, source, approval, session, requester, requesterWho, approver, approverWho, resource, `group`, decision, forced, validFrom, validTo, reason, signature, log, `index`
FROM decisions
WHERE time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
    AND ({person:String} = '' OR ((position(lowerUTF8(requester), lowerUTF8({person:String})) > 0 OR requesterWho = {person:String}) OR (position(lowerUTF8(approver), lowerUTF8({person:String})) > 0 OR approverWho = {person:String})))
    AND ({resource:String} = '' OR resource = {resource:String})
    AND (time, `index`) > ({afterTime:DateTime64(6, 'UTC')}, {afterIndex:Int64})
ORDER BY time, `index`
LIMIT {limit:UInt32}
