#!/bin/sh
# ahead.sh COMPILER RUNTIMES VERSION REFERENCES: standard input has lines of an assembly, a bar and the file into which it is
# compiled to machine code, unless what is there was made of the same. Several may run at once: whoever wants what another
# compiles waits for it.
set -eu
compiler=$1 runtimes=$2 version=$3 references=$4
is_made() { [ -e "$made" ] && [ "$(cat "$made.of" 2>/dev/null)" = "$digest" ]; }
while IFS='|' read -r assembly made; do
  digest=$version/$(sha256sum <"$assembly")
  ! is_made || continue
  mkdir -p "${made%/*}"
  (
    flock 9
    ! is_made || exit 0
    "$compiler" "$assembly" -o:"$made.new" --targetos:linux --targetarch:x64 -O @"$references" \
      -r:"$runtimes/Microsoft.NETCore.App/$version/*.dll" -r:"$runtimes/Microsoft.AspNetCore.App/$version/*.dll" >"$made.log" ||
      { cat "$made.log" >&2; exit 1; }
    mv "$made.new" "$made"
    echo "$digest" >"$made.of"
  ) 9>"$made.lock" </dev/null
done
