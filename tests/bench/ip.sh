#!/bin/sh
# What one would ask instead of status.
ip -d -j link
ip -j route
