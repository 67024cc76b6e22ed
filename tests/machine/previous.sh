#!/bin/bash
# Makes the Debian packages of another commit: previous.sh COMMIT DIRECTORY leaves them there.
set -euo pipefail
directory=$2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

git archive "$1" | tar -x -C "$tree"
"$tree/install/build.sh"
"$tree/install/package.sh" --deb
mv "$tree"/artifacts/packages/*.deb "$directory"
