#!/usr/bin/env bash
# A sweep in N shards, as many at a time as there are processors, with GNU parallel:
#
#   parallel.sh N OUT.csv SCENARIO --seeds A..B [--set NAME=V1,V2,…]…
#
# Where there is no GNU parallel, or with WITH=xargs, xargs does the same on this machine; with WITH=parallel nothing else
# will do.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
shards=$1 out=$2
shift 2
if parallel --version 2>/dev/null | grep -q 'GNU parallel'; then found=parallel; else found=xargs; fi
case ${WITH:=$found} in
  parallel | xargs) ;;
  *) echo "WITH=$WITH: parallel or xargs" >&2; exit 2 ;;
esac
if [ "$WITH" = parallel ] && [ $found != parallel ]; then
  echo "WITH=parallel: there is no GNU parallel here; install it, or use WITH=xargs" >&2
  exit 2
fi
if [ "$WITH" = parallel ]; then
  seq "$shards" | parallel -q --halt soon,fail=1 "$here/shard.sh" {} "$shards" "$out" "$@"
else
  seq "$shards" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I{} "$here/shard.sh" {} "$shards" "$out" "$@"
fi
"$here/join.sh" "$out" "$@"
