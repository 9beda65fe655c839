#!/bin/sh
# Puts together the files of the container image: a command, the libraries that it loads, the certificates of the
# authorities that TLS trusts, and the names that the system knows.
#
#   sh deploy/image-root.sh target/release/bearward DIRECTORY
set -eu

command=$1
root=$2

# A second name for a library leads to its file, so that the loader finds it by either.
copy() {
    mkdir -p "$root$(dirname "$1")"
    cp --dereference "$1" "$root$1"
}

mkdir -p "$root/usr/bin" "$root/etc" "$root/tmp"
chmod 1777 "$root/tmp"
cp "$command" "$root/usr/bin/bearward"

# `ldd` prints `libc.so.6 => /lib/…/libc.so.6 (0x…)`, and the loader by its path alone.
if ldd "$command" | grep "not found"; then
    exit 1
fi
ldd "$command" | awk '$2 == "=>" { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
    copy "$library"
done

copy /etc/ssl/certs/ca-certificates.crt
echo 'root:x:0:0:root:/:/sbin/nologin
nobody:x:65534:65534:nobody:/:/sbin/nologin' > "$root/etc/passwd"
echo 'root:x:0:
nogroup:x:65534:' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"

# What others wrote and is in the image: their conditions go with it.
for package in libc6 libgcc-s1 ca-certificates; do
    copy "/usr/share/doc/$package/copyright"
done
for license in LICENSE-MIT LICENSE-APACHE; do
    mkdir -p "$root/usr/share/doc/bearward"
    cp "$license" "$root/usr/share/doc/bearward/$license"
done
