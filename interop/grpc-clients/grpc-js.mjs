// Calls methods by their path, as generated clients of @grpc/grpc-js do, and says in a line of JSON what came of each.
//
// Arguments: the address of the server, then one JSON object for each call: { path, kind, message, token }.

import { Client, credentials, Metadata } from '@grpc/grpc-js';

const [address, ...calls] = process.argv.slice(2);
const client = new Client(address, credentials.createInsecure());
const write = (text) => Buffer.from(text);
const read = (bytes) => bytes.toString();

function metadataFor(token) {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** What a caller of the library sees of an error. */
function refused(error) {
  const metadata = {};
  for (const name of ['www-authenticate', 'retry-after', 'grpc-retry-pushback-ms']) {
    const values = error.metadata.get(name);
    if (values.length > 0) metadata[name] = values;
  }
  return { code: error.code, details: error.details, metadata };
}

function unary({ path, message, token }) {
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, write, read, message, metadataFor(token), (error, answer) =>
      resolve(error ? refused(error) : { messages: [answer] }),
    );
  });
}

function collect(stream) {
  return new Promise((resolve) => {
    const messages = [];
    stream.on('data', (message) => messages.push(message));
    stream.on('error', (error) => resolve(refused(error)));
    stream.on('end', () => resolve({ messages }));
  });
}

function serverStream({ path, message, token }) {
  return collect(client.makeServerStreamRequest(path, write, read, message, metadataFor(token)));
}

function clientStream({ path, message, token }) {
  return new Promise((resolve) => {
    const stream = client.makeClientStreamRequest(path, write, read, metadataFor(token), (error, answer) =>
      resolve(error ? refused(error) : { messages: [answer] }),
    );
    for (const word of message.split(' ')) stream.write(word);
    stream.end();
  });
}

function bidiStream({ path, message, token }) {
  const stream = client.makeBidiStreamRequest(path, write, read, metadataFor(token));
  for (const word of message.split(' ')) stream.write(word);
  stream.end();
  return collect(stream);
}

const kinds = { unary, serverStream, clientStream, bidiStream };
for (const call of calls.map((text) => JSON.parse(text))) {
  console.log(JSON.stringify(await kinds[call.kind](call)));
}
client.close();
