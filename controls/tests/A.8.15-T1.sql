-- Every released session, and every end without a beginning: is the end known, and is there a record of what happened?
SELECT
    s.subject AS subject, s.time AS time, s.log AS log, s.`index` AS `index`, s.source AS source, s.who AS who, s.person AS person, s.resource AS resource,
    multiIf(
        open, '',
        s.startIndex IS NULL, 'start-missing',
        NOT ended, 'end-missing',
        NOT s.recordingKnown AND NOT r.there AND NOT c.there, 'stream-missing',
        '') AS exception,
    '' AS excluded,
    s.startIndex IS NOT NULL AND NOT ended
        AND addMilliseconds(s.time, {OPEN_MAX:UInt64}) >= least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')}) AS open,
    multiIf(
        s.outcome = 'abandoned', 'abandoned, which is not an end',
        NOT ended, 'no end is known',
        s.recordingKnown AND s.recordingBytes = 0, 'recording marked as empty',
        s.recordingKnown, concat('recording of ', toString(s.recordingBytes), ' bytes'),
        c.there, 'recorded as its commands',
        '') AS detail,
    s.endIndex IS NOT NULL AND s.outcome != 'abandoned' AS ended
FROM (SELECT *, coalesce(startedAt, endedAt) AS at FROM sessionsAt(size = {size:UInt64})
      WHERE (startIndex IS NOT NULL OR requestIndex IS NULL) AND at >= {from:DateTime64(6, 'UTC')} AND at < {to:DateTime64(6, 'UTC')}) AS s
LEFT JOIN (SELECT source, session, 1 AS there FROM eventsAt(size = {size:UInt64}) WHERE kind = 'recording.stored' GROUP BY source, session) AS r
    ON r.source = s.source AND r.session = s.session
LEFT JOIN (SELECT session, 1 AS there FROM commandsAt(size = {size:UInt64}) WHERE session != '' GROUP BY session) AS c
    ON c.session = s.session
ORDER BY time, `index`, subject
