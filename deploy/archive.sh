#!/bin/sh
# Packs the command as it is downloaded: with its completions, its manual pages and the licences.
#
#   sh deploy/archive.sh COMMAND TARGET DIRECTORY
#
# makes DIRECTORY/bearward-TARGET.tar.gz and DIRECTORY/bearward-TARGET.tar.gz.sha256. `package.metadata.binstall` of
# crates/bearward-cli/Cargo.toml names the same files.
set -eu

command=$1
target=$2
directory=$3
name=bearward-$target

mkdir -p "$directory"
staged=$directory/$name
rm -rf "$staged"
mkdir -p "$staged/completions" "$staged/man"
cp "$command" "$staged/"
cp README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$staged/"
for shell in bash elvish fish powershell zsh; do
    "$command" completions "$shell" > "$staged/completions/bearward.$shell"
done
"$command" man "$staged/man"

cd "$directory"
tar -czf "$name.tar.gz" "$name"
rm -rf "$name"
if command -v sha256sum > /dev/null; then
    sha256sum "$name.tar.gz" > "$name.tar.gz.sha256"
else
    shasum -a 256 "$name.tar.gz" > "$name.tar.gz.sha256"
fi
