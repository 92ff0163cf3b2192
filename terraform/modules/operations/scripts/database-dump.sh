# Makes a dump of the copy that database-fence left (WORK_ID) and stores it as KEY in BUCKET, while the
# server answers reads.

readonly work="$works/$WORK_ID" made="$works/$WORK_ID/dump"
alone

if has_dump "$work/dump.json"; then exit; fi
[[ -e $work/complete ]] || refuse "There is no copy of the database for $WORK_ID: fence it first."

# The check unpacks the dump beside it.
need_space "$((2 * $(store_bytes "$work/store")))" "make a dump"

rm -rf "$made"
trap 'rm -rf "$made"' EXIT
configure "$work/conf" "$work/store"
make_dump "$made" "$work/conf" "$work/dump.json"
