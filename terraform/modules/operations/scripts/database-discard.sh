# Removes the copy that database-fence made for WORK_ID, and the data that a restore replaced.

alone
rm -rf "${works:?}/$WORK_ID" "$replaced"
if [[ -d $works ]]; then rmdir --ignore-fail-on-non-empty "$works"; fi
printf '{"free_bytes": %s}\n' "$(free_bytes)"
