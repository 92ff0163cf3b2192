# Removes the copies that database-fence made, whatever for, the data that a restore replaced, and what one that
# was never finished left.

alone
rm -rf "$works" "$replaced" "$incoming"
printf '{"free_bytes": %s}\n' "$(free_bytes)"
