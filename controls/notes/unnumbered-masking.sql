-- Reports of the period that say how many values were masked, but not how many were detected.
SELECT toString(count()) AS records
FROM maskingAt(size = {size:UInt64})
WHERE time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
    AND total > 0 AND (empty(types) OR arrayExists((found, hidden) -> found IS NULL OR hidden IS NULL, detected, masked))
HAVING count() > 0
ORDER BY records
