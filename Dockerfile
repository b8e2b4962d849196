# The network. operations/README.md says how to run it; packages/network/test/container.test.ts builds and runs it.
#
#   docker build --build-arg VERSION=0.1.0 --build-arg REVISION=$(git rev-parse HEAD) --tag payment-passkeys-network .
#
# For a reproducible base, name both images by digest.
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

# The pages for browsers. The API reference is for sandbox mode only.
FROM ${NODE_IMAGE} AS pages
WORKDIR /build
COPY . .
RUN npm ci --ignore-scripts --include-workspace-root \
  --workspace packages/page --workspace packages/console --workspace packages/reference
RUN for part in page console reference; do node --conditions=source packages/$part/build.mjs || exit 1; done

# What the network needs at run time: no development dependencies, no embedded PostgreSQL.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /build
COPY . .
RUN node scripts/production-tree.mjs /production network
WORKDIR /production
RUN npm ci --ignore-scripts --omit=optional
# The folder of the keys. A volume that is mounted there first takes over this owner and mode.
RUN mkdir -p /volumes/data && chmod 0700 /volumes/data && chown 65532:65532 /volumes/data

FROM ${RUNTIME_IMAGE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="payment-passkeys-network" \
      org.opencontainers.image.description="The network's service of payment passkeys" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=dependencies /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=dependencies /build/LICENSE /production/package.json ./
COPY --from=dependencies /production/node_modules node_modules
COPY --from=dependencies /build/packages/protocol packages/protocol
COPY --from=dependencies /build/packages/channel packages/channel
COPY --from=dependencies /build/packages/webauthn packages/webauthn
COPY --from=dependencies /build/packages/storage packages/storage
COPY --from=dependencies /build/packages/authenticator packages/authenticator
COPY --from=dependencies /build/packages/network packages/network
COPY --from=pages /build/packages/page/dist packages/page/dist
COPY --from=pages /build/packages/console/dist packages/console/dist
COPY --from=pages /build/packages/reference/dist packages/reference/dist
COPY --from=dependencies /volumes/ /

ENV NODE_ENV=production MODE=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
USER 65532:65532
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 \
  CMD ["/usr/local/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/local/bin/node", "--conditions=source", "/app/packages/network/bin/payment-passkeys-network.mjs"]
CMD ["serve", "--workers", "auto"]
