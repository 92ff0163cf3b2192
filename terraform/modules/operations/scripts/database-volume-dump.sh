# Makes a dump of the database on another volume (VOLUME_ID), made from a snapshot and attached to this machine,
# and stores it as KEY in BUCKET. All that is written lies on that volume, and the server serves on.
#
# The snapshot was taken of a running database: a second Neo4j must have recovered it (database-scratch-volume)
# and closed it (database-scratch-stop) before this.

readonly copy="$scratch/volume"
alone
stop_scratch
trap 'stop_scratch' EXIT
mount_copy

if has_dump "$copy/dump.json"; then exit; fi
configure "$scratch/conf" "$copy/data"
is_closed "$scratch/conf" ||
  unavailable "The database on the volume $VOLUME_ID was not closed: start a second server on it once more."

# The check unpacks the dump beside it.
need_space "$((2 * $(store_bytes "$copy/data")))" "make a dump" "$copy"
rm -rf "$copy/dump"
make_dump "$copy/dump" "$scratch/conf" "$copy/dump.json"
