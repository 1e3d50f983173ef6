-- The approvals that a session names, that name the session, or that a link leads to.
SELECT source, approval, subject, log, latestIndex AS `index`, requestedAt, requester, requesterWho, resource, scope, approvalKind, rule, needed, windowMs, reason, ticket
FROM approvalRequests
WHERE session = {session:String} OR approval = {approval:String}
   OR subject IN (SELECT `to` FROM links WHERE `from` = concat('session/', {session:String}) AND confidence != 'ambiguous')
ORDER BY requestedAt, source, approval
LIMIT {limit:UInt32}
