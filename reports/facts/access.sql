-- What went through the gateway in the period, as counts.
SELECT
    uniqExactIf(e.who, e.who != '' AND e.kind IN ('session.requested', 'session.started', 'session.refused')) AS identities,
    uniqExactIf(e.resource, e.resource != '' AND e.kind = 'session.started') AS resources,
    uniqExactIf((e.source, e.session), e.kind = 'session.started') AS sessions,
    countIf(e.kind IN ('command.executed', 'command.blocked')) AS commands,
    countIf(e.kind = 'approval.decided') AS decisions
FROM events AS e
WHERE e.log = {log:UInt16} AND e.`index` < {size:UInt64}
    AND e.time >= {from:DateTime64(6, 'UTC')} AND e.time < {to:DateTime64(6, 'UTC')}
