-- Granting decisions of the period without a signature of the approver.
SELECT toString(countIf(signature = '')) AS unsigned, toString(count()) AS decisions
FROM decisionsAt(size = {size:UInt64})
WHERE decision = 'granted' AND time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
HAVING countIf(signature = '') > 0
ORDER BY unsigned
