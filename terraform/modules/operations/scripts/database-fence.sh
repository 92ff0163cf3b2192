# Stops writes, and copies the store in the same restart. WORK_ID names the copy.
# Done before, with this copy: nothing happens. Killed in the middle: the next run begins anew.

readonly work="$works/$WORK_ID"
alone

report() { printf '{"fenced": true, "copy_bytes": %s}\n' "$(store_bytes "$work/store")"; }

if [[ -e $fence && -e $work/complete ]]; then
  start_server
  report
  exit
fi

# A copy is made while nothing writes; if that fails the server starts as it was.
copy_store() {
  trap 'systemctl start neo4j' EXIT
  systemctl stop neo4j
  rm -rf "$work"
  make_folder "$works"
  make_folder "$work"
  local part
  for part in databases transactions; do
    make_folder "$work/store/$part"
    cp --archive --reflink=auto "$data/$part/neo4j" "$work/store/$part/neo4j" || {
      rm -rf "$work"
      fail "The store could not be copied; the database starts as it was."
    }
  done
  touch "$fence"
  sync "$fence" "$volume"
  trap - EXIT
  start_server
}

# A server that was killed leaves a store that recovers at its next start, which read-only would not.
recover() {
  rm -f "$data/source" "$fence"
  systemctl restart neo4j
  wait_for_bolt "$bolt_port" neo4j || fail "Neo4j does not come up to recover its store. Nothing is fenced."
}

[[ -d $data/databases/neo4j ]] || refuse "There is no database at $data."
need_space "$(store_bytes "$data/databases/neo4j" "$data/transactions/neo4j")" "copy the database"

for _ in 1 2 3; do
  copy_store
  configure "$work/conf" "$work/store"
  if is_closed "$work/conf"; then
    touch "$work/complete"
    report
    exit
  fi
  recover
done
fail "Neo4j did not close its store in any of 3 stops. It runs, unfenced."
