-- Every emergency bypass: forced approvals, break-glass, and sessions that a skip group let in without approval. One member for
-- each approval, else for each session. The actor of a forced approval is the one who forced it.
SELECT
    b.subject AS subject, b.time AS time, b.log AS log, b.`index` AS `index`, b.source AS source,
    b.who AS who, b.person AS person, b.resource AS resource,
    multiIf(
        excluded != '' OR open, '',
        NOT b.permitted, 'actor-not-permitted',
        b.reason = '', 'reason-missing',
        NOT b.reviewed, 'review-late',
        '') AS exception,
    multiIf(
        b.unknown, 'policy-unknown',
        b.uncertain, 'policy-uncertain',
        b.permitted AND b.reason = '' AND b.erased, 'not re-performable: the reason was erased',
        b.permitted AND b.reviewed AND b.static, 'not re-performable: no record tells whether the static secret was changed',
        '') AS excluded,
    excluded = '' AND b.permitted AND b.reason != '' AND NOT b.reviewed
        AND addMilliseconds(b.time, {BYPASS_REVIEW_MAX:UInt64}) >= least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')}) AS open,
    concat(b.how, if(b.reviewed, ', reviewed', '')) AS detail
FROM
(
    SELECT
        m.source AS source, m.subject AS subject, m.time AS time, m.log AS log, m.`index` AS `index`, m.who AS who, m.person AS person,
        m.resource AS resource, m.how AS how, m.reason AS reason, m.erased AS erased, m.static AS static,
        max(m.permitted) AS permitted,
        min(m.permitted) != max(m.permitted) AS uncertain,
        max(m.unknown) AS unknown,
        max(v.who != '' AND v.who != m.who AND v.time >= m.time AND v.time < least({to:DateTime64(6, 'UTC')}, {asOf:DateTime64(6, 'UTC')})
            AND v.time <= addMilliseconds(m.time, {BYPASS_REVIEW_MAX:UInt64})) AS reviewed,
        max(v.who != '' AND v.who != m.who AND v.time >= m.time AND v.time < {from:DateTime64(6, 'UTC')}) AS reviewedBefore
    FROM
    (
        SELECT source, subject, time, log, `index`, who, person, resource, how, reason, erased, static, permitted, unknown
        FROM bypassesAt(size = {size:UInt64})
        WHERE time < {to:DateTime64(6, 'UTC')} AND time < {asOf:DateTime64(6, 'UTC')}
            AND addMilliseconds(time, {BYPASS_REVIEW_MAX:UInt64}) >= {from:DateTime64(6, 'UTC')}
    ) AS m
    LEFT JOIN
    (
        SELECT JSONExtractString(data, 'about') AS about, JSONExtractString(data, 'byWho') AS who, time
        FROM eventsAt(size = {size:UInt64})
        WHERE kind = 'bypass.reviewed'
    ) AS v ON v.about = m.subject
    GROUP BY source, subject, time, log, `index`, who, person, resource, how, reason, erased, static
) AS b
WHERE b.time >= {from:DateTime64(6, 'UTC')} OR b.permitted AND b.reason != '' AND NOT b.reviewedBefore
ORDER BY time, `index`, subject
