# Starts a second Neo4j on port 7688 with what a dump (BUCKET, KEY, VERSION_ID, SHA256, SIZE_BYTES) restores.
# The dump comes from S3, so that the stored bytes are the ones that are tried.

alone
if systemctl is-active --quiet neo4j-scratch && [[ $(cat "$scratch/source" 2>/dev/null) == "$SHA256" ]]; then
  scratch_url
  exit
fi
stop_scratch
need_memory

trap 'stop_scratch' EXIT
make_folder "$scratch"
fill "$scratch/dump" "$scratch/data" "$scratch/conf"
start_scratch "$scratch/data" KILL # its data is nobody's
echo "$SHA256" >"$scratch/source"
trap - EXIT
scratch_url
