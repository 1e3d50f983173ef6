-- Holds when every grant of the rules that were in force during the period is to everyone.
SELECT toString(count()) AS grants
FROM policyGrantsAt(size = {size:UInt64})
WHERE knownFrom < {to:DateTime64(6, 'UTC')} AND nextFrom > {from:DateTime64(6, 'UTC')}
HAVING count() > 0 AND countIf(principal != '*') = 0
ORDER BY grants
