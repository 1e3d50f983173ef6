-- `seen`: records of a gateway that only watched a stream. Where a relay reports too, they are the same statements again.
SELECT
    count() AS commands,
    countIf(kind = 'command.blocked') AS blocked,
    countIf(relaySession != '') AS relayed,
    countIf(relaySession = '' AND decision = 'observed') AS seen
FROM commands
WHERE session = {session:String}
