#!/usr/bin/env bash
# Makes one file of all shards and tells what they come to: join.sh OUT.csv SCENARIO --seeds A..B [--set …]… [--plot …]
#
# The last line reads the file again, and does what is still missing; it ends with 1 if a property was violated.
set -euo pipefail
out=$1
shift
cat "$out".[0-9]* > "$out"
"${BIVALENT:-bivalent}" sweep "$@" --out "$out" --summary
