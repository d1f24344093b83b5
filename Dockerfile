# Builds the service and puts it, with its production dependencies and nothing else, on slim Node.

FROM node:26-slim AS build
WORKDIR /argus
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM node:26-slim AS dependencies
WORKDIR /argus
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

FROM node:26-slim
ENV NODE_ENV=production
WORKDIR /argus
COPY LICENSE package.json ./
COPY --from=dependencies /argus/node_modules ./node_modules
COPY --from=build /argus/dist ./dist
# For SNAPSHOT: a volume that is mounted here is for the service to write.
RUN install -d -o node -g node /var/lib/argus
USER node
EXPOSE 8123 6380 8081 9123
STOPSIGNAL SIGTERM
# Wherever it listens: it looks with which flags and variables the service was started.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "dist/main.js", "health"]
CMD ["node", "dist/main.js"]
