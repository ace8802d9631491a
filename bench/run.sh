#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# run.sh - builds, then measures build/entracte against nginx on this machine; bench/README.md.
set -eu
cd "$(dirname "$0")/.."
tools/deps.sh bench
[ -f build/build.ninja ] || meson setup build
ninja -C build --quiet entracte bench_audit
exec python3 bench/bench.py "$@"
