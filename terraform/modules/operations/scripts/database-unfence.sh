# Allows writes again. The second name remembers, should this be killed, that the restart is still due. From
# here on the data is no longer what a restore has made of it.

alone
if [[ -e $fence ]]; then
  rm -f "$data/source"
  mv "$fence" "$fence.lifted"
  sync "$volume"
fi
if [[ -e $fence.lifted ]]; then
  systemctl restart neo4j
  wait_for_bolt "$bolt_port" neo4j || fail "Neo4j does not start: its log on this machine says why."
  rm "$fence.lifted"
fi
start_server
echo '{"fenced": false}'
