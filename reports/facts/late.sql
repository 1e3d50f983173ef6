-- Evidence of earlier periods that arrived after the packet of the earlier period.
SELECT e.log AS log, e.`index` AS `index`, e.kind AS kind, e.time AS time, e.received AS received
FROM events AS e
WHERE e.log = {log:UInt16} AND e.`index` >= {after:UInt64} AND e.`index` < {size:UInt64}
    AND e.time < {from:DateTime64(6, 'UTC')}
    AND e.kind NOT IN ('source.polled', 'event.refused', 'source.rewrote', 'evidence.read', 'register.imported')
    AND NOT match(e.kind, '^(ledger|packet|export|schedule|token|key|retention|erasure|hold)\\.')
ORDER BY e.log, e.`index`
