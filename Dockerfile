# The gateway alone, without tests, suite and sandbox. How to run it: docs/deploy.md

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY loopback/package.json loopback/
COPY conformance/package.json conformance/
COPY curve25519/package.json curve25519/
# Without scripts npm sqlite3 is not compiled: the database is opened by Node's own SQLite. Node itself is in the image already.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
    && rm -rf node_modules/node-linux-* node_modules/.bin/node node_modules/sqlite3

FROM node:24.21.0-bookworm-slim
# So that the C library keeps less memory after a peak: see docs/deploy.md, Memory.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    MALLOC_MMAP_THRESHOLD_=65536 \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
WORKDIR /app
RUN install --directory --owner=node --group=node --mode=0700 /data
COPY --from=build /app/node_modules node_modules/
COPY package.json LICENSE NOTICE ./
COPY scripts/check-setup.cjs scripts/keys.ts scripts/pair.ts scripts/terminal-code.ts scripts/backup.ts scripts/compact.ts scripts/
COPY curve25519/ curve25519/
COPY generated/ generated/
COPY server/ server/
USER node
VOLUME /data
EXPOSE 3000
# Whether it answers, not whether it is ready: a full disk is no reason to end it.
HEALTHCHECK --start-period=15s --interval=30s --timeout=5s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself, not npm, which does not pass signals on. It starts no processes, so it needs no init above it.
CMD ["node", "--import", "./server/compile-cache.js", "server/main.ts"]
