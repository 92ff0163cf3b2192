# What the scripts have in common: where things are, how a failure is told, how Neo4j's tools are called.
# It stands before each of them in its document. NEO4J_HOME, NEO4J_DATA and NEO4J_DEVICES say where things
# are, in case they are not where user data put them.

readonly home="${NEO4J_HOME:-/opt/neo4j}"
readonly volume="${NEO4J_DATA:-/var/lib/neo4j}"
readonly devices="${NEO4J_DEVICES:-/dev/disk/by-id}"
readonly settings="${NEO4J_CONF:-$home/conf}/neo4j.conf"

readonly data="$volume/data"
readonly fence="$volume/read-only"
readonly works="$volume/work"
readonly scratch="$volume/scratch"
readonly replaced="$volume/before-restore"
readonly incoming="$volume/restore-incoming"

readonly bolt_port=7687 scratch_port=7688
readonly margin=$((256 * 1024 * 1024))
readonly scratch_memory=$((832 * 1024 * 1024))

# The worker tells failures apart by their exit codes.
refuse() { echo "$*" >&2; exit 3; }
fail() { echo "$*" >&2; exit 1; }
unavailable() { echo "$*" >&2; exit 75; }

# A command that was sent twice, because its sender was killed, waits for its first and finds the work done.
alone() {
  mountpoint --quiet "$volume" || refuse "The data volume is not mounted at $volume."
  exec 9>"$volume/.operation"
  flock --wait 900 9 || unavailable "Another operation has been busy on this machine for 15 minutes."
}

mib() { echo $(($1 / 1024 / 1024)); }

# free_bytes [FOLDER]: on the data volume, or on the volume that a folder is on.
free_bytes() { df -P -k "${1:-$volume}" | awk 'NR == 2 { printf "%.0f\n", $4 * 1024 }'; }

store_bytes() { du --summarize --total --block-size=1 "$@" | tail -n 1 | cut -f 1; }

# need_space BYTES PURPOSE [FOLDER]: refuses before anything is written, for a full volume stops the database too.
need_space() {
  local free needed=$(($1 + margin)) on="The data volume"
  [[ -z ${3:-} ]] || on="The copy of the data volume"
  free=$(free_bytes "${3:-}")
  ((free >= needed)) ||
    refuse "$on is too full to $2: $(mib "$needed") MiB are needed, $(mib "$free") MiB are free."
}

# A folder of Neo4j's own user, who owns the volume.
make_folder() {
  mkdir -p "$1"
  chown --reference="$volume" "$1"
}

# configure FOLDER DATA [LINE...]: neo4j.conf for a store that is not the running server's.
configure() {
  local folder=$1 store=$2
  shift 2
  make_folder "$folder"
  printf '%s\n' "server.directories.data=$store" "server.directories.transaction.logs.root=$store/transactions" \
    "server.directories.logs=$folder" "$@" >"$folder/neo4j.conf"
  chown --reference="$volume" "$folder/neo4j.conf"
}

# admin CONFIGURATION ARGUMENT...: neo4j-admin as Neo4j's user; what it says is in $said.
admin() {
  local configuration=$1 code=0
  shift
  said=$(HEAP_SIZE=512m NEO4J_CONF="$configuration" runuser --user neo4j -- "$home/bin/neo4j-admin" "$@" 2>&1) || code=$?
  ((code == 0)) || said="neo4j-admin $1 $2 ended with exit code $code: $(tail -n 5 <<<"$said")"
  return "$code"
}

installed_version() {
  "$home/bin/neo4j-admin" --version | grep --only-matching --max-count=1 '[0-9][0-9.]*[0-9]'
}

address() { sed -n 's/^server\.default_advertised_address=//p' "$settings"; }

answers() { (exec 3<>"/dev/tcp/$(address)/$1") 2>/dev/null; }

# wait_for_bolt PORT UNIT: until the server listens, which it does not once its unit has ended. A server that has
# much to recover takes its time.
wait_for_bolt() {
  local deadline=$((SECONDS + 2700))
  until answers "$1"; do
    systemctl is-active --quiet "$2" || return 1
    ((SECONDS < deadline)) || return 1
    sleep 0.2
  done
}

# start_server: until Neo4j listens; whether the database then lets anybody in is seen over Bolt.
start_server() {
  systemctl start neo4j
  wait_for_bolt "$bolt_port" neo4j || fail "Neo4j does not start: its log on this machine says why."
}

# What S3 said decides: what is not there, or is forbidden, will not come by trying again.
s3_failed() {
  local words
  words=$(tail -n 1 "$1" | cut -c 1-300)
  case $words in
    *NoSuch* | *NotFound* | *404* | *AccessDenied* | *403* | *InvalidArgument*) fail "$2: $words" ;;
    *) unavailable "$2: $words" ;;
  esac
}

sha256_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# download FILE: the stored object (BUCKET, KEY, VERSION_ID), which must be the one that was made.
download() {
  local errors="$1.errors" sum
  aws s3api get-object --bucket "$BUCKET" --key "$KEY" --version-id "$VERSION_ID" "$1" >/dev/null 2>"$errors" ||
    s3_failed "$errors" "S3 did not give s3://$BUCKET/$KEY"
  rm "$errors"
  sum=$(sha256_of "$1")
  [[ $sum == "$SHA256" ]] ||
    fail "The bytes of s3://$BUCKET/$KEY have changed: their SHA-256 is $sum, it was $SHA256 when the backup was made."
  chown --reference="$volume" "$1"
}

# neo4j-admin reads words from a file: a quoted one is taken whole, and another @ before the first says
# that it names no further file.
quoted() {
  local word=$1
  word=${word//\\/\\\\}
  word=${word//\"/\\\"}
  [[ $word != @* ]] || word="@$word"
  printf '"%s"\n' "$word"
}

# set_first_password CONFIGURATION: from SSM through a file in memory, never among a process's arguments.
set_first_password() {
  local folder password
  folder=$(mktemp --directory --tmpdir=/dev/shm)
  password=$(aws ssm get-parameter --name "$PASSWORD_PARAMETER" --with-decryption --query Parameter.Value \
    --output text 2>"$folder/errors") || {
    local words
    words=$(tail -n 1 "$folder/errors")
    rm -r "$folder"
    unavailable "SSM did not give the password $PASSWORD_PARAMETER: $words"
  }
  (umask 077 && quoted "$password" >"$folder/password")
  chown --recursive --reference="$volume" "$folder"
  local code=0
  admin "$1" dbms set-initial-password -- "@$folder/password" || code=$?
  rm -r "$folder"
  ((code == 0)) || fail "The password could not be set (exit code $code)."
}

# dump_bytes FOLDER CONFIGURATION: what neo4j.dump there becomes when it is unpacked.
dump_bytes() {
  local bytes
  admin "$2" database load neo4j --from-path="$1" --info || fail "The dump cannot be read: $said"
  bytes=$(sed -n 's/^Bytes: *\([0-9][0-9]*\)$/\1/p' <<<"$said")
  [[ -n $bytes ]] || fail "The dump is damaged: it does not tell its size."
  echo "$bytes"
}

# is_closed CONFIGURATION: whether the store needs no recovery. Neo4j starts no other one read-only, and dumps none.
is_closed() {
  admin "$1" database info neo4j || fail "$said"
  grep --quiet --ignore-case 'recovery: *false' <<<"$said"
}

# check_dump FOLDER CONFIGURATION: unpacks neo4j.dump and compares its records with each other. Exit codes of
# `dump` and `load` are no proof: both report success for damaged bytes.
check_dump() {
  make_folder "$1/check"
  admin "$2" database check neo4j --from-path="$1" --temp-path="$1/check" --report-path="$1/check" \
    --max-off-heap-memory=50% || fail "The dump is damaged: $said"
  rm -r "$1/check"
}

# has_dump RESULT: whether a dump was made before, under this KEY; its result is printed.
has_dump() {
  [[ -e $1 ]] && grep --quiet --fixed-strings "\"$KEY\"" "$1" && cat "$1"
}

# make_dump FOLDER CONFIGURATION RESULT: dumps the closed store of CONFIGURATION, stores it as KEY in BUCKET and
# prints what it is. A dump's exit code is not believed: the file is checked before it goes out.
make_dump() {
  local dump="$1/neo4j.dump" errors="$1/errors" sum size stored stored_size version
  make_folder "$1"
  admin "$2" database dump neo4j --to-path="$1" --overwrite-destination=true || fail "The dump failed: $said"
  check_dump "$1" "$2"

  sum=$(sha256_of "$dump")
  size=$(stat --format=%s "$dump")
  aws s3 cp --only-show-errors --checksum-algorithm SHA256 --metadata "sha256=$sum" "$dump" "s3://$BUCKET/$KEY" \
    2>"$errors" || s3_failed "$errors" "S3 did not take the dump"
  stored=$(aws s3api head-object --bucket "$BUCKET" --key "$KEY" --query '[ContentLength,VersionId]' --output text \
    2>"$errors") || s3_failed "$errors" "S3 does not show the dump"
  read -r stored_size version <<<"$stored"
  [[ $stored_size == "$size" ]] || fail "S3 holds $stored_size bytes of the dump's $size."

  printf '{"database": "%s", "key": "%s", "version_id": "%s", "size_bytes": %s, "sha256": "%s", "neo4j_version": "%s"}\n' \
    "$DATABASE" "$KEY" "$version" "$size" "$sum" "$(installed_version)" >"$3.new"
  mv "$3.new" "$3"
  cat "$3"
}

# fill FOLDER DATA CONFIGURATION: a new data folder, with the stored dump as its database.
fill() {
  local folder=$1 target=$2 configuration=$3 bytes
  need_space "$SIZE_BYTES" "fetch the dump"
  make_folder "$folder"
  configure "$configuration" "$target"
  download "$folder/neo4j.dump"
  bytes=$(dump_bytes "$folder" "$configuration")
  need_space "$bytes" "restore a dump beside the database"
  check_dump "$folder" "$configuration"
  make_folder "$target"
  set_first_password "$configuration"
  admin "$configuration" database load neo4j --from-path="$folder" --overwrite-destination=true || fail "$said"
  rm -r "$folder"
}

stop_scratch() {
  systemctl stop neo4j-scratch 2>/dev/null || ! systemctl is-active --quiet neo4j-scratch ||
    fail "The scratch server does not stop."
  if mountpoint --quiet "$scratch/volume"; then umount "$scratch/volume"; fi
  rm -rf --one-file-system "$scratch"
}

# mount_copy: the attached volume VOLUME_ID, a copy of a data volume, in the scratch folder.
mount_copy() {
  local device="$devices/nvme-Amazon_Elastic_Block_Store_${VOLUME_ID//-/}" deadline=$((SECONDS + 120))
  until [[ -e $device ]]; do
    ((SECONDS < deadline)) || unavailable "The volume $VOLUME_ID did not appear on this machine within 2 minutes."
    sleep 1
  done
  make_folder "$scratch"
  make_folder "$scratch/volume"
  # A copy has its original's identifier, which XFS would not mount twice.
  mount -t xfs -o nouuid,noatime "$device" "$scratch/volume" || fail "The volume $VOLUME_ID cannot be mounted."
  [[ -d $scratch/volume/data/databases/neo4j ]] || fail "The volume $VOLUME_ID holds no database."
}

# start_scratch DATA SIGNAL: a second Neo4j on that folder, which SIGNAL stops: TERM closes its store, without the
# ten seconds that Neo4j gives clients, for it has none then. Where memory gets short it is the one to go.
start_scratch() {
  local ip
  ip=$(address)
  configure "$scratch/conf" "$1" "server.directories.run=$scratch/conf" \
    "server.default_listen_address=$ip" "server.default_advertised_address=$ip" \
    "server.bolt.listen_address=$ip:$scratch_port" "server.bolt.advertised_address=$ip:$scratch_port" \
    "server.http.enabled=false" "server.https.enabled=false" \
    "server.memory.heap.initial_size=256m" "server.memory.heap.max_size=384m" "server.memory.pagecache.size=64m" \
    "db.tx_log.preallocate=false" "dbms.usage_report.enabled=false" \
    "internal.server.bolt.thread_pool_shutdown_wait_time=0s" \
    "server.config.strict_validation.enabled=false" "server.fleet_discovery.enabled=false"
  systemd-run --quiet --collect --unit=neo4j-scratch --uid=neo4j --setenv=NEO4J_CONF="$scratch/conf" \
    --property=MemoryMax="$scratch_memory" --property=OOMScoreAdjust=1000 --property=KillSignal="SIG$2" \
    --property=StandardOutput=append:"$scratch/conf/console.log" \
    --property=StandardError=append:"$scratch/conf/console.log" "$home/bin/neo4j" console
  wait_for_bolt "$scratch_port" neo4j-scratch ||
    fail "The scratch server does not start: $(tail -n 5 "$scratch/conf/console.log" | cut -c 1-500)"
}

need_memory() {
  local free
  free=$(awk '/^MemAvailable:/ { printf "%.0f\n", $2 * 1024 }' /proc/meminfo)
  ((free >= scratch_memory)) ||
    refuse "There is too little memory for a second server: $(mib "$scratch_memory") MiB are needed, $(mib "$free") MiB are free."
}

scratch_url() { printf '{"bolt_url": "bolt://%s:%s"}\n' "$(address)" "$scratch_port"; }
