#!/usr/bin/env bash
# The order book beside other engines on the streams of flash1-dev/matching-engine-benchmark.
#   bench/matching-suite/run.sh SUITE [ENGINE.so ...]
# SUITE is a checkout of it that was built with `make`; engines are built there by
# additional_references/NAME_adapter/build.sh. Needs g++ and the .NET SDK. Builds market_adapter.so in a folder of the
# suite, checks each stream's reports against the suite's reference by its harness, then measures all engines in turns in
# one process.
set -euo pipefail
if [ $# -lt 1 ] || [ ! -x "$1/generator" ] || [ ! -x "$1/harness" ]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0"
    exit 2
fi
here="$(cd "$(dirname "$0")" && pwd)"
suite="$(cd "$1" && pwd)"
shift
engines=()
for engine in "$@"; do engines+=("$(realpath "$engine")"); done
out="$suite/market"
mkdir -p "$out"
sdk="$(dirname "$(readlink -f "$(command -v dotnet)")")"
export DOTNET_ROOT="$sdk"
native="$(ls -d "$sdk"/packs/Microsoft.NETCore.App.Host.linux-x64/*/runtimes/linux-x64/native | sort -V | tail -1)"
dotnet build "$here/MatchingSuite.csproj" -c Release -v quiet --nologo
cp "$here"/bin/Release/net10.0/Market.* "$out"
g++ -std=c++20 -O3 -fPIC -shared -I"$suite/api" -I"$native" -o "$out/market_adapter.so" "$here/shim.cpp" \
    -L"$native" -l:libnethost.a -ldl
g++ -std=c++20 -O3 -march=native -I"$suite/api" -o "$out/cpu" "$here/cpu.cpp" -ldl
cd "$suite"
for scenario in static normal swing-25 swing-40 flash-crash; do
    stream="orders_${scenario}_s23_n1000000.bin"
    [ -f "$stream" ] || ./generator "$scenario" "$stream" 1000000 23 > /dev/null 2>&1
    reports="$(./harness --engine "$out/market_adapter.so" --scenario "$scenario" --mode perf 2>&1 | sed -n 's/^ *Status: //p')"
    echo "$scenario: reports $reports"
    "$out/cpu" "${ROUNDS:-9}" "$stream" ${engines[@]+"${engines[@]}"} "$out/market_adapter.so"
done
