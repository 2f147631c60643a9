#!/usr/bin/env bash
# One shard of a sweep: shard.sh I N OUT.csv SCENARIO --seeds A..B [--set NAME=V1,V2,…]…
#
# Its rows go to OUT.csv.I. Started again, it goes on where it was interrupted. BIVALENT names the program, JOBS says how
# many threads it uses (1).
set -uo pipefail
index=$1 count=$2 out=$3
shift 3
part=$(printf '%s.%07d' "$out" "$index")
"${BIVALENT:-bivalent}" sweep "$@" --shard "$index/$count" --jobs "${JOBS:-1}" --out "$part"
status=$?
# 1 says that a property was violated: a result, and no reason to try again.
if [ "$status" -eq 1 ]; then exit 0; fi
exit "$status"
