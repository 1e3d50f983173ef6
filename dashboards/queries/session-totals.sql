SELECT count() AS commands, countIf(kind = 'command.blocked') AS blocked
FROM commands
WHERE session = {session:String}
