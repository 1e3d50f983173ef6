-- Every approval that was granted without force, the number of people its rule asks for and the people who granted it.
SELECT
    subject, assumeNotNull(grantedAt) AS time, grantedLog AS log, assumeNotNull(grantedIndex) AS `index`, source,
    requesterWho AS who, requester AS person, resource,
    multiIf(neededFrom = 'assumed', 'needed-unknown', length(approverWhos) < needed, 'not-enough-people', '') AS exception,
    '' AS excluded,
    0 AS open,
    concat(toString(length(approverWhos)), ' of ', if(neededFrom = 'assumed', 'an unknown number', toString(needed)), if(rule = '', '', concat(', rule ', rule))) AS detail
FROM approvalsAt(size = {size:UInt64})
WHERE NOT forced AND grantedAt >= {from:DateTime64(6, 'UTC')} AND grantedAt < {to:DateTime64(6, 'UTC')}
ORDER BY time, `index`, subject
