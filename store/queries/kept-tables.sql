SELECT name
FROM system.tables
WHERE database = currentDatabase() AND startsWith(name, 'kept_')
ORDER BY name
