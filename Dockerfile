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
USER node
EXPOSE 8123 6380
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 8123) + '/livez').then((answer) => process.exit(answer.ok ? 0 : 1))"]
CMD ["node", "dist/main.js"]
