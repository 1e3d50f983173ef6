-- Every decision that granted an approval, and who took it.
SELECT
    d.subject AS subject, d.time AS time, d.log AS log, d.`index` AS `index`, d.source AS source,
    d.approverWho AS who, d.approver AS person, if(d.resource != '', d.resource, a.resource) AS resource,
    multiIf(
        excluded != '', '',
        d.approverWho != '' AND d.approverWho = a.requesterWho, 'self-approval',
        d.approverWho = '' OR NOT i.everHuman, 'approver-not-a-person',
        '') AS exception,
    if(a.requesterWho = '' AND d.approverWho != '' AND i.everHuman, 'not re-performable: the approval names no requester', '') AS excluded,
    0 AS open,
    concat('group ', d.`group`, if(d.forced, ', forced', ''), if(d.signature = '', '', ', signed')) AS detail
FROM decisionsAt(size = {size:UInt64}) AS d
LEFT JOIN approvalsAt(size = {size:UInt64}) AS a ON a.source = d.source AND a.approval = d.approval
LEFT JOIN (SELECT source, who, everHuman FROM identitiesAt(size = {size:UInt64})) AS i ON i.source = d.source AND i.who = d.approverWho
WHERE d.decision = 'granted' AND d.time >= {from:DateTime64(6, 'UTC')} AND d.time < {to:DateTime64(6, 'UTC')}
ORDER BY time, `index`, subject
