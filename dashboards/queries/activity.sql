-- What the store holds of the period, and the last thing that anybody did.
SELECT
    countIf(kind = 'session.started' AND inside) AS sessions,
    countIf(kind = 'approval.requested' AND inside) AS approvals,
    countIf(kind IN ('command.executed', 'command.blocked') AND inside) AS commands,
    countIf(kind = 'source.polled' OR startsWith(kind, 'session.') OR startsWith(kind, 'command.') OR startsWith(kind, 'approval.')) AS observed
FROM
(
    SELECT kind, time >= {from:DateTime64(6,'UTC')} AND time < {to:DateTime64(6,'UTC')} AS inside
    FROM entries FINAL
)
