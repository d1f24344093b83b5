/** The same answer by @grpc/grpc-js: messages stay bytes, and nothing is decided. */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { ANSWER } from './answer.ts';
import { METHOD, PATH } from './calls.ts';

const same = (message: Buffer) => message;
const server = new Server();
const definition = {
  [METHOD]: {
    path: PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  },
};
server.addService(definition, {
  [METHOD]: (_call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) =>
    answer(null, ANSWER),
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(`serving on http://127.0.0.1:${port}`);
});
process.on('SIGINT', () => process.exit(0));
