#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# deps.sh - installs what is missing and nothing else: Debian packages, Node.js, node_modules.
#
#     tools/deps.sh [test] [bench]
#
# Reads packaging/debian-packages.txt and debian-packages-NAME.txt of each argument. Calls apt-get
# only when a package is missing and npm only when package-lock.json is not what node_modules holds.
set -eu
cd "$(dirname "$0")/.."
umask 022

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "This needs root and there is no sudo. As root, run: $*" >&2
        exit 1
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@"
}

# wanted LIST...: the packages of the lists, without comments, on one line
wanted() {
    for list; do
        sed 's/#.*//' "$list"
    done | tr -s '[:space:]' ' '
}

# missing PACKAGE...: those that are not installed
missing() {
    installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package} \n' "$@" 2>/dev/null |
        sed -n 's/^ii *//p') || true
    for package; do
        case "$installed" in
        "$package "* | *"
$package "*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

# Any node from 18 on will do; Debian's is taken only where there is none.
has_node() {
    command -v npm >/dev/null &&
        node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null
}

install_packages() {
    lists=packaging/debian-packages.txt
    for name; do
        lists="$lists packaging/debian-packages-$name.txt"
    done
    # shellcheck disable=SC2046,SC2086 # words on purpose: names of files and packages
    packages=$(missing $(wanted $lists))
    has_node || packages="$packages nodejs npm"
    if [ -n "$packages" ]; then
        echo "Installing Debian packages: $packages"
        apt_get update
        # shellcheck disable=SC2086
        apt_get install -y --no-install-recommends $packages
    fi
}

install_node_modules() {
    if ! cmp -s package-lock.json node_modules/.installed-lock; then
        echo "Installing npm packages of package-lock.json"
        npm ci --ignore-scripts --no-audit --no-fund
        cp package-lock.json node_modules/.installed-lock
    fi
}

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    install_packages "$@"
else
    echo "This is not Debian: it must bring the like of packaging/debian-packages.txt itself." >&2
fi
install_node_modules
