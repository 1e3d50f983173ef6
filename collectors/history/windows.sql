-- Granted windows that admit sessions after a moment.
SELECT
    d.approval AS approval,
    d.requesterWho AS requesterWho,
    d.resource AS resource,
    d.time AS grantedAt,
    d.validFrom AS validFrom,
    d.validTo AS validTo,
    d.`index` AS `index`
FROM decisions AS d
WHERE d.source = {source:String} AND d.decision = 'granted' AND d.validFrom IS NOT NULL AND d.validTo > {after:DateTime64(6,'UTC')}
ORDER BY grantedAt, approval, d.`group`, `index`
