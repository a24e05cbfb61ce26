// What a page downloads for each client: bundled and minified by esbuild, then brotli 11.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import * as esbuild from 'esbuild';
import { at, pkg } from '../../scripts/lib/paths.mjs';

const CLIENTS = {
  '@msgpack/msgpack (codec only)': "export { encode, decode } from '@msgpack/msgpack'",
  'msgpackr (codec only)': "export { pack, unpack } from 'msgpackr'",
  'socket.io-client': "export { io } from 'socket.io-client'",
  SignalR: "export { HubConnectionBuilder } from '@microsoft/signalr'",
  'SignalR, MessagePack': `export { HubConnectionBuilder } from '@microsoft/signalr';
    export { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack'`,
  NATS: "export { wsconnect } from '@nats-io/nats-core'",
  centrifuge: "export { Centrifuge } from 'centrifuge'",
  'centrifuge, protobuf': "export { Centrifuge } from 'centrifuge/build/protobuf'",
  'Ably, modular, MessagePack': "export { BaseRealtime, WebSocketTransport, FetchRequest, MsgPack } from 'ably/modular'",
  Ably: "export { Realtime } from 'ably'",
};

/** Bytes, by client. */
export async function sizes() {
  const loaded = ['index.js', 'zaqar_web.wasm'].map(name => readFile(path.join(pkg, name)));
  const own = (await Promise.all(loaded)).map(weigh).reduce((a, b) => a + b);
  const others = Object.entries(CLIENTS).map(async ([name, source]) => [name, weigh(await bundle(source))]);
  return { 'zaqar-web': own, ...Object.fromEntries(await Promise.all(others)) };
}

async function bundle(contents) {
  const { outputFiles } = await esbuild.build({
    stdin: { contents, resolveDir: at('benches') },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0].contents;
}

/** Bytes by brotli 11. */
export function weigh(bytes) {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
}
