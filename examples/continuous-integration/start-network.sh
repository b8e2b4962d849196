#!/bin/sh
# Starts the network of the folder network/ in sandbox mode, waits until it serves, and registers a client: start-network.sh REGISTRATION.json
set -eu
registration=$(realpath "$1")
log=$PWD/network.log
cd network
node scripts/setup.mjs
npx payment-passkeys-network serve > "$log" 2>&1 &
echo $! > "$log.pid"
ready="http://127.0.0.1:${PORT:-4000}/health/ready"
if ! curl --silent --fail --output /dev/null --retry 60 --retry-delay 1 --retry-all-errors "$ready"; then
  cat "$log"
  exit 1
fi
npx payment-passkeys-network clients add "$registration"
