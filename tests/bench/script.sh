#!/bin/sh
# A hook as a script: three programs, as the shell scripts have them that this executable replaces.
mac=$(cat "/sys/class/net/$1/address")
driver=$(readlink "/sys/class/net/$1/device/driver")
case $(ip -o link) in
*"$mac"*"$driver"*) exit 0 ;;
esac
