# Stops the second Neo4j and removes what it left. Without one nothing happens.

alone
stop_scratch
echo '{"scratch": false}'
