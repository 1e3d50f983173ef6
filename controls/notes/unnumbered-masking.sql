-- Reports of the period about sensitive targets that say how many values were masked, but not how many were detected.
SELECT toString(count()) AS records
FROM maskingAt(size = {size:UInt64})
WHERE time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
    AND total > 0 AND (empty(types) OR arrayExists((found, hidden) -> found IS NULL OR hidden IS NULL, detected, masked))
    AND (session != '' AND session IN (SELECT session FROM taggedSessionsAt(size = {size:UInt64}, words = {sensitive:Array(String)}))
         OR resource != '' AND resource IN (SELECT resource FROM taggedResourcesAt(size = {size:UInt64}, words = {sensitive:Array(String)}, from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})))
HAVING count() > 0
ORDER BY records
