# Puts a dump (BUCKET, KEY, VERSION_ID, SHA256, SIZE_BYTES) in the place of the database. The data that was
# there is kept until database-discard. Whether the database is fenced stays as it is.
#
# The new data folder is made beside the old one; two renames change them. "source" in a data folder says
# which dump it was made of, so that a run after one that was killed goes on. A database that lets writes in
# is not what its dump holds for long: it is restored anew.

made_of() { [[ $(cat "$1/source" 2>/dev/null) == "$SHA256" ]]; }

alone
if [[ -e $fence ]] && made_of "$data"; then
  start_server
  echo '{"restored": true}'
  exit
fi

# The old data can be away already: then the second rename alone is due.
if ! made_of "$incoming"; then
  [[ -d $data ]] || fail "There is neither a database at $data nor one to put there."
  rm -rf "$incoming"
  trap 'rm -rf "$incoming"' EXIT
  make_folder "$incoming"
  fill "$incoming/dump" "$incoming" "$incoming/conf"
  rm -r "$incoming/conf"
  echo "$SHA256" >"$incoming/source.new"
  chown --reference="$volume" "$incoming/source.new"
  sync --file-system "$volume"
  mv "$incoming/source.new" "$incoming/source"
  trap - EXIT
fi

systemctl stop neo4j
if [[ -d $data ]]; then
  make_folder "$replaced"
  mv "$data" "$replaced/$(date --utc +%Y%m%dT%H%M%S.%NZ)"
fi
mv "$incoming" "$data"
sync --file-system "$volume"
start_server
echo '{"restored": true}'
