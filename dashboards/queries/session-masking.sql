SELECT log, `index`, time, types, detected, masked, total, errors, rule
FROM masking
WHERE session = {session:String}
ORDER BY time, log, `index`
LIMIT {limit:UInt32}
