SELECT received
FROM eventsAt(size = {size:UInt64})
ORDER BY log DESC, `index` DESC
LIMIT 1
