#!/bin/sh
# The hook as a script: three programs, as in the shell scripts that this executable replaces.
mac=$(cat "/sys/class/net/$1/address")
driver=$(readlink "/sys/class/net/$1/device/driver")
case $(ip -o link) in
*"$mac"*"$driver"*) exit 0 ;;
esac
