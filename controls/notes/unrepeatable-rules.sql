-- Block rules of the period whose form cannot be applied to a stored statement.
SELECT arrayStringConcat(arraySort(groupUniqArray(rule)), ', ') AS rules
FROM policyBlockingAt(size = {size:UInt64})
WHERE direction = 'input' AND action = 'block' AND knownFrom < {to:DateTime64(6, 'UTC')} AND nextFrom > {from:DateTime64(6, 'UTC')}
    AND (notEmpty(entities) OR hasAny(patterns, {badPatterns:Array(String)}) OR empty(words) AND empty(patterns) AND empty(operations))
HAVING rules != ''
ORDER BY rules
