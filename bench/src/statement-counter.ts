/** A proxy between a program and PostgreSQL that counts the statements that the program sends. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createMessageReader, readBind, readParse, readQuery } from '../../packages/network/test/faults/wire.ts';

export interface StatementCounter {
  /** The database's address, through the proxy. */
  readonly databaseUrl: string;
  /** The statements executed since the last call: a prepared one by its name, any other by the beginning of its text. */
  take(): ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** `databaseUrl` is a server on TCP. The program must not ask for TLS, which would hide its statements. */
export async function startStatementCounter(databaseUrl: string): Promise<StatementCounter> {
  const url = new URL(databaseUrl);
  const target = { host: url.hostname, port: Number(url.port || 5432) };
  const counts = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer((program) => {
    const database = connect(target);
    const read = createStatementReader((statement) => counts.set(statement, (counts.get(statement) ?? 0) + 1));
    program.on('data', (chunk) => {
      read(chunk);
      database.write(chunk);
    });
    database.pipe(program);
    for (const [socket, other] of [
      [program, database],
      [database, program],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {}); // 'close' follows
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxied = new URL(databaseUrl);
  proxied.hostname = '127.0.0.1';
  proxied.port = String((server.address() as AddressInfo).port); // it listens on TCP
  return {
    databaseUrl: proxied.href,
    take: () => {
      const taken = new Map(counts);
      counts.clear();
      return taken;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const TEXT_LENGTH = 60;

/** Reads what one connection's program sends. */
function createStatementReader(onStatement: (name: string) => void): (chunk: Buffer) => void {
  const read = createMessageReader({ opens: true });
  let unnamed = ''; // the text of the last statement without a name
  let bound = '';
  return (chunk) => {
    for (const message of read(chunk)) {
      if (message.type === 'Q') onStatement(beginningOf(readQuery(message)));
      if (message.type === 'P') {
        const { name, text } = readParse(message);
        if (name === '') unnamed = beginningOf(text);
      }
      if (message.type === 'B') bound = readBind(message) || unnamed;
      if (message.type === 'E') onStatement(bound);
    }
  };
}

function beginningOf(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, TEXT_LENGTH);
}
