-- Entries by source and day of the event: what pushed and imported sources show in the calendar.
SELECT source, toString(toDate(time, 'UTC')) AS day, count() AS events
FROM entries FINAL
WHERE time >= {from:DateTime64(6,'UTC')} AND time < {to:DateTime64(6,'UTC')} AND NOT startsWith(kind, 'source.')
GROUP BY source, day
ORDER BY source, day
LIMIT {limit:UInt32}
