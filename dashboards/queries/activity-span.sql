-- The first and the latest moment at which somebody used the gateway; null when nobody ever did.
SELECT minOrNull(time) AS first, maxOrNull(time) AS last
FROM entries
WHERE kind IN ('session.started', 'session.requested', 'session.ended', 'command.executed', 'command.blocked', 'approval.requested', 'approval.decided')
  AND time <= {now:DateTime64(6,'UTC')}
