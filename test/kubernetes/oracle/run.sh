#!/bin/sh
# Build the oracle and run it, for example: ./run.sh run examples/basic.json
# Needs Go 1.26 or later and a module proxy or a filled module cache.
set -eu
cd "$(dirname "$0")"
BIN="${ORACLE_BIN:-$HOME/.cache/kube-oracle/oracle}"
mkdir -p "$(dirname "$BIN")"
go build -ldflags='-s -w' -o "$BIN" .
exec "$BIN" "$@"
