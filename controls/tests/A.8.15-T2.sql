-- Every record of access, and whether it says who, what, when, where and with what result, as far as its kind has these.
SELECT
    subject, time, log, `index`, source, who, person, resource,
    if(notEmpty(absent), 'field-missing', '') AS exception,
    '' AS excluded,
    0 AS open,
    concat(kind, if(empty(absent), '', concat(' without ', arrayStringConcat(absent, ', ')))) AS detail
FROM
(
    SELECT
        log, `index`, source, subject, kind, time, person, resource,
        multiIf(
            who != '', who,
            JSONExtractString(data, 'approverWho') != '', JSONExtractString(data, 'approverWho'),
            JSONExtractString(data, 'actorWho') != '', JSONExtractString(data, 'actorWho'),
            JSONExtractString(data, 'byWho')) AS who,
        arrayFilter(
            field -> multiIf(
                field = 'session or relaySession', JSONExtractString(data, 'session') = '' AND JSONExtractString(data, 'relaySession') = '',
                field = 'statement', empty(JSONExtractArrayRaw(entry, '_sd')),
                JSONExtractRaw(data, field) IN ('', '""', 'null')),
            multiIf(
                kind IN ('session.requested', 'session.started', 'session.refused', 'approval.requested'), ['who', 'resource'],
                kind = 'session.ended', ['outcome'],
                kind = 'command.executed', ['session or relaySession', 'resource', 'statement'],
                kind = 'command.blocked', ['session or relaySession', 'resource', 'rule', 'statement'],
                kind = 'approval.decided', ['approverWho', 'decision'],
                kind IN ('masking.applied', 'sensitive.detected'), ['session or relaySession', 'resource'],
                kind = 'bypass.used', ['who', 'how'],
                kind = 'admin.changed', ['actorWho', 'object', 'action', 'result'],
                ['byWho', 'session'])) AS absent
    FROM eventsAt(size = {size:UInt64})
    WHERE kind IN ('session.requested', 'session.started', 'session.ended', 'session.refused', 'command.executed', 'command.blocked',
                   'approval.requested', 'approval.decided', 'masking.applied', 'sensitive.detected', 'bypass.used', 'admin.changed',
                   'recording.viewed')
        AND time >= {from:DateTime64(6, 'UTC')} AND time < {to:DateTime64(6, 'UTC')}
)
ORDER BY time, `index`, subject
