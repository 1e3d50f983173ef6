SELECT source, log, `index`, received, line, code, reason
FROM refusals
WHERE received >= {from:DateTime64(6,'UTC')} AND received < {to:DateTime64(6,'UTC')}
  AND ({cursorIndex:Int64} < 0 OR `index` < {cursorIndex:Int64})
ORDER BY `index` DESC, log DESC
LIMIT {limit:UInt32}
