-- Patterns of block rules, to be tried one by one before statements are matched against them.
SELECT DISTINCT arrayJoin(patterns) AS pattern
FROM policyBlockingAt(size = {size:UInt64})
WHERE direction = 'input' AND action = 'block'
    AND knownFrom < {to:DateTime64(6, 'UTC')} AND nextFrom > {from:DateTime64(6, 'UTC')}
ORDER BY pattern
