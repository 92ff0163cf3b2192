"""The programs of a machine that this host cannot lend it, as the scripts of SSM documents call them.

They are small stand-ins with the arguments of the real ones. Units are folders below `units`: a program says
in them what is wanted, the sandbox what is (see `units` and `databases`).
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

UNIT_SECONDS = 120
"""How long `systemctl` waits for a unit to be started or stopped."""

_SYSTEMCTL = """\
#!/bin/bash
# Knows the unit neo4j, and those that systemd-run made.
set -u
options=()
while [[ ${{1:-}} == --* ]]; do options+=("$1"); shift; done
action="${{1:-}}"
shift
while [[ ${{1:-}} == --* ]]; do options+=("$1"); shift; done
name="${{1:-}}" name="${{name%.service}}"
unit={folder}/units/$name
[[ $action == daemon-reload ]] && exit 0
if [[ -z $name || ! -d $unit ]]; then
  [[ $action != is-active ]] || {{ [[ " ${{options[*]}} " == *" --quiet "* ]] || echo inactive; exit 4; }}
  echo "Unit ${{name:-?}}.service not loaded." >&2
  exit 5
fi
state() {{
  local word
  word=$(cat "$unit/state" 2>/dev/null) || word=inactive
  echo "$word"
}}
reach() {{
  echo "$1" >"$unit/wanted.new" && mv "$unit/wanted.new" "$unit/wanted"
  local deadline=$((SECONDS + {seconds}))
  until [[ $(state) == "$1" ]]; do
    if ((SECONDS >= deadline)); then
      echo "Job for $name.service failed: not $1 within {seconds} seconds." >&2
      exit 1
    fi
    sleep 0.05
  done
}}
case $action in
  start | enable) reach active ;;
  stop) reach inactive ;;
  restart) reach inactive && reach active ;;
  is-active)
    [[ " ${{options[*]}} " == *" --quiet "* ]] || state
    [[ $(state) == active ]] || exit 3 ;;
  status) echo "$name.service: $(state)"; [[ $(state) == active ]] || exit 3 ;;
  *) echo "Unknown command verb $action." >&2; exit 1 ;;
esac
"""

_SYSTEMD_RUN = """\
#!/bin/bash
# Makes a transient unit; users and limits are not followed.
set -eu
name= log=/dev/null signal=TERM
exports=
while [[ ${{1:-}} == --* ]]; do
  case $1 in
    --unit=*) name=${{1#--unit=}} ;;
    --setenv=*) printf -v exports '%sexport %q\\n' "$exports" "${{1#--setenv=}}" ;;
    --property=StandardOutput=append:*) log=${{1#*append:}} ;;
    --property=KillSignal=SIG*) signal=${{1#*=SIG}} ;;
  esac
  shift
done
unit={folder}/units/$name
if [[ -e $unit ]]; then
  echo "Failed to start transient service unit: Unit $name.service was already loaded." >&2
  exit 1
fi
new={folder}/units/.$name.new
rm -rf "$new"
mkdir -p "$new"
printf '#!/bin/bash\\n%sexec %s >>%q 2>&1\\n' "$exports" "${{*@Q}}" "$log" >"$new/run"
echo "$signal" >"$new/signal"
echo active >"$new/wanted"
mv "$new" "$unit"
until [[ ! -d $unit || -e $unit/state ]]; do sleep 0.05; done
"""

_MOUNT = """\
#!/bin/bash
# Its last two arguments: a device, which is a link to a volume's folder, and where to mount it.
set -eu
device="${*: -2:1}" point="${*: -1}"
if [[ ! -d $device || -L $point ]]; then
  echo "mount: $point: can't mount $device." >&2
  exit 32
fi
rmdir "$point"
ln -s "$(readlink -f "$device")" "$point"
"""

_UMOUNT = """\
#!/bin/bash
set -eu
if [[ ! -L $1 ]]; then
  echo "umount: $1: not mounted." >&2
  exit 32
fi
rm "$1"
mkdir "$1"
"""

_MOUNTPOINT = """\
#!/bin/bash
point="${*: -1}"
[[ -L $point || ( -d $point && $point == "${NEO4J_DATA:-}" ) ]]
"""

_RUNUSER = """\
#!/bin/bash
# runuser --user NAME -- COMMAND: all users are one here.
shift 3
exec "$@"
"""

_AWS = """\
#!/bin/bash
exec {python} -m awscli "$@"
"""


def programs(folder: Path) -> dict[str, str]:
    """The programs' texts by name, for the machine in `folder`."""
    quoted = shlex.quote(str(folder))
    return {
        "systemctl": _SYSTEMCTL.format(folder=quoted, seconds=UNIT_SECONDS),
        "systemd-run": _SYSTEMD_RUN.format(folder=quoted),
        "mount": _MOUNT,
        "umount": _UMOUNT,
        "mountpoint": _MOUNTPOINT,
        "runuser": _RUNUSER,
        "aws": _AWS.format(python=shlex.quote(sys.executable)),
    }
