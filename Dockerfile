# The `bearward` command in an image with nothing else: no shell, no package manager, no root.
#
#   docker build --tag bearward .
#   docker run --rm --interactive bearward explain --issuer https://tenant.example/oidc --audience https://api.example.com < token

FROM rust:1.95-slim-bookworm AS build
# A Debian release changes a package only to mend it: what is newest is wanted.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN cargo build --release --locked --package bearward-cli \
    && sh deploy/image-root.sh target/release/bearward /root-of-image

FROM scratch
COPY --from=build /root-of-image /
# `nobody`, by number, so that a cluster sees that it is not root.
USER 65534:65534
ENTRYPOINT ["/usr/bin/bearward"]
CMD ["--help"]
