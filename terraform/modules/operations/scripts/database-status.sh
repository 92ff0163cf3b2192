#!/bin/sh
# Prints one JSON object about this machine's Neo4j: state of the service, version, data volume.
# Reads only. NEO4J_HOME and NEO4J_DATA say where it is, in case it is not where user data put it.
set -eu

home="${NEO4J_HOME:-/opt/neo4j}"
data="${NEO4J_DATA:-/var/lib/neo4j}"

# An inactive unit is an answer here, not an error.
state=$(systemctl is-active neo4j 2>/dev/null) || true
version=$("$home/bin/neo4j-admin" --version 2>/dev/null | grep -o -m 1 '[0-9][0-9.]*[0-9]') || true

# Two steps, so that a missing volume fails the command. df -P: size, used and free in KiB.
table=$(df -P -k "$data")
space=$(printf '%s\n' "$table" | awk 'NR == 2 {
  printf "\"size_bytes\": %.0f, \"used_bytes\": %.0f, \"free_bytes\": %.0f", $2 * 1024, $3 * 1024, $4 * 1024
}')

printf '{"service": "%s", "version": "%s", "data_volume": {"path": "%s", %s}}\n' \
  "${state:-unknown}" "$version" "$data" "$space"
