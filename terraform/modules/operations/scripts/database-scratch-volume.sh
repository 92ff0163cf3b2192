# Starts a second Neo4j on port 7688 with the data of another volume (VOLUME_ID), made from a snapshot and
# attached to this machine. The snapshot was taken of a running database: this start recovers it.

alone
if systemctl is-active --quiet neo4j-scratch && [[ $(cat "$scratch/source" 2>/dev/null) == "$VOLUME_ID" ]]; then
  scratch_url
  exit
fi
stop_scratch
need_memory

trap 'stop_scratch' EXIT
mount_copy
start_scratch "$scratch/volume/data" TERM
echo "$VOLUME_ID" >"$scratch/source"
trap - EXIT
scratch_url
