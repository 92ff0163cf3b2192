# Prints one JSON object about this machine's Neo4j: state of the service, fence, version, data volume, and
# what operations left on it. Reads only.

# An inactive unit is an answer here, not an error.
state=$(systemctl is-active neo4j 2>/dev/null) || true
version=$(installed_version 2>/dev/null) || true

fenced=false
[[ ! -e $fence ]] || fenced=true

store=0
[[ ! -d $data ]] || store=$(store_bytes "$data")

leftovers=()
for folder in "$works"/* "$replaced" "$incoming" "$scratch"; do
  [[ ! -e $folder ]] || leftovers+=("\"${folder#"$volume"/}\"")
done
joined=$(IFS=,; echo "${leftovers[*]}")

# Two steps, so that a missing volume fails the command. df -P: size, used and free in KiB.
table=$(df -P -k "$volume")
space=$(awk 'NR == 2 {
  printf "\"size_bytes\": %.0f, \"used_bytes\": %.0f, \"free_bytes\": %.0f", $2 * 1024, $3 * 1024, $4 * 1024
}' <<<"$table")

printf '{"service": "%s", "fenced": %s, "version": "%s", "store_bytes": %s, "leftovers": [%s], "data_volume": {"path": "%s", %s}}\n' \
  "${state:-unknown}" "$fenced" "$version" "$store" "$joined" "$volume" "$space"
