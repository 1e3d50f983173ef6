-- Approved sessions of the period whose start the source does not record.
SELECT toString(count()) AS sessions
FROM sessionApprovalsAt(size = {size:UInt64})
WHERE byGatewayState AND (source, session) IN (
    SELECT source, session FROM sessionsAt(size = {size:UInt64})
    WHERE startedAt >= {from:DateTime64(6, 'UTC')} AND startedAt < {to:DateTime64(6, 'UTC')})
HAVING count() > 0
ORDER BY sessions
