#!/usr/bin/env node
/** The command `argus`: reads the command line and the environment, and serves. */
import { readCommand, version } from './config.ts';
import { createLog } from './lib/log.ts';
import { supervise } from './threads/supervisor.ts';

const command = readCommand(process.argv.slice(2), process.env);
switch (command.kind) {
  case 'print':
    console.log(command.text);
    break;
  case 'error':
    console.error(`argus: ${command.line}`);
    process.exitCode = 2;
    break;
  case 'serve':
    await supervise({
      config: command.config,
      version: version(),
      log: createLog(command.config.logLevel),
    });
    break;
  default:
    command satisfies never;
}
