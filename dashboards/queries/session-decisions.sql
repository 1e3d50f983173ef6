SELECT source, approval, log, `index`, time, `group`, decision, approver, approverWho, requesterWho, forced, validFrom, validTo, reason, signature
FROM decisions
WHERE has({approvals:Array(String)}, approval) OR session = {session:String}
ORDER BY time, log, `index`
LIMIT {limit:UInt32}
