-- Time from an event to its receipt, over the entries received in the period that happened before they were received.
SELECT
    toString(round(quantile(0.5)(lag) / 1000, 1)) AS p50,
    toString(round(quantile(0.99)(lag) / 1000, 1)) AS p99
FROM (SELECT dateDiff('millisecond', time, received) AS lag FROM eventsAt(size = {size:UInt64})
      WHERE received >= {from:DateTime64(6, 'UTC')} AND received < {to:DateTime64(6, 'UTC')} AND time <= received)
HAVING count() > 0
ORDER BY p50
