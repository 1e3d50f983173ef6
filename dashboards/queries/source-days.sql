-- For the completeness calendar: polls, new events, refusals and the largest lag of each source and day, UTC.
SELECT source, toString(toDate(time, 'UTC')) AS day, count() AS polls, sum(new) + sum(changed) AS events, sum(refused) AS refused, max(lagMs) AS lagMs
FROM (SELECT source, windowTo AS time, new, changed, refused, lagMs FROM polls WHERE windowTo >= {from:DateTime64(6,'UTC')} AND windowTo < {to:DateTime64(6,'UTC')})
GROUP BY source, day
ORDER BY source, day
LIMIT {limit:UInt32}
