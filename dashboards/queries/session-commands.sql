SELECT log, `index`, time, kind, seq, relaySession, language, class, statement, statementTruncated, statementErased, decision, result, rows, rule, direction, action
FROM commands
WHERE session = {session:String}
ORDER BY time, seq, log, `index`
LIMIT {limit:UInt32}
