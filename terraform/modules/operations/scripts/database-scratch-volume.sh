# Starts a second Neo4j on port 7688 with the data of another volume (VOLUME_ID), made from a snapshot and
# attached to this machine. The snapshot was taken of a running database: this start recovers it.

readonly device="$devices/nvme-Amazon_Elastic_Block_Store_${VOLUME_ID//-/}"
alone
if systemctl is-active --quiet neo4j-scratch && [[ $(cat "$scratch/source" 2>/dev/null) == "$VOLUME_ID" ]]; then
  scratch_url
  exit
fi
stop_scratch
need_memory

deadline=$((SECONDS + 120))
until [[ -e $device ]]; do
  ((SECONDS < deadline)) || unavailable "The volume $VOLUME_ID did not appear on this machine within 2 minutes."
  sleep 1
done

trap 'stop_scratch' EXIT
make_folder "$scratch"
make_folder "$scratch/volume"
# A copy has its original's identifier, which XFS would not mount twice.
mount -t xfs -o nouuid,noatime "$device" "$scratch/volume" || fail "The volume $VOLUME_ID cannot be mounted."
[[ -d $scratch/volume/data/databases/neo4j ]] || fail "The volume $VOLUME_ID holds no database."
start_scratch "$scratch/volume/data"
echo "$VOLUME_ID" >"$scratch/source"
trap - EXIT
scratch_url
