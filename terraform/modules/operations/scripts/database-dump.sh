# Makes a dump of the copy that database-fence left (WORK_ID) and stores it as KEY in BUCKET, while the
# server answers reads. A dump's exit code is not believed: the file is checked before it goes out.

readonly work="$works/$WORK_ID" made="$works/$WORK_ID/dump"
readonly dump="$made/neo4j.dump" result="$work/dump.json"
alone

if [[ -e $result ]] && grep --quiet --fixed-strings "\"$KEY\"" "$result"; then
  cat "$result"
  exit
fi
[[ -e $work/complete ]] || refuse "There is no copy of the database for $WORK_ID: fence it first."

# The check unpacks the dump beside it.
need_space "$((2 * $(store_bytes "$work/store")))" "make a dump"

rm -rf "$made"
make_folder "$made"
trap 'rm -rf "$made"' EXIT
configure "$work/conf" "$work/store"
admin "$work/conf" database dump neo4j --to-path="$made" --overwrite-destination=true || fail "The dump failed: $said"
check_dump "$made" "$work/conf"

sum=$(sha256_of "$dump")
size=$(stat --format=%s "$dump")
aws s3 cp --only-show-errors --checksum-algorithm SHA256 --metadata "sha256=$sum" "$dump" "s3://$BUCKET/$KEY" \
  2>"$work/errors" || s3_failed "$work/errors" "S3 did not take the dump"
stored=$(aws s3api head-object --bucket "$BUCKET" --key "$KEY" --query '[ContentLength,VersionId]' --output text \
  2>"$work/errors") || s3_failed "$work/errors" "S3 does not show the dump"
read -r stored_size version <<<"$stored"
[[ $stored_size == "$size" ]] || fail "S3 holds $stored_size bytes of the dump's $size."

printf '{"database": "%s", "key": "%s", "version_id": "%s", "size_bytes": %s, "sha256": "%s", "neo4j_version": "%s"}\n' \
  "$DATABASE" "$KEY" "$version" "$size" "$sum" "$(installed_version)" >"$result.new"
mv "$result.new" "$result"
cat "$result"
