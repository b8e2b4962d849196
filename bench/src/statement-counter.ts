/** A proxy between a program and PostgreSQL that counts the statements that the program sends. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

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
    const read = createMessageReader((statement) => counts.set(statement, (counts.get(statement) ?? 0) + 1));
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

/** Reads what one connection's frontend sends (PostgreSQL documentation, chapter 54.7): a startup message, and then messages with a type. */
function createMessageReader(onStatement: (name: string) => void): (chunk: Buffer) => void {
  let waiting = Buffer.alloc(0);
  let started = false;
  let unnamed = ''; // the text of the last statement without a name
  let bound = '';
  const readMessage = (type: string, body: Buffer) => {
    if (type === 'Q') onStatement(beginningOf(textAt(body, 0).text));
    if (type === 'P') {
      const { text: name, end } = textAt(body, 0);
      if (name === '') unnamed = beginningOf(textAt(body, end).text);
    }
    if (type === 'B') bound = textAt(body, textAt(body, 0).end).text || unnamed;
    if (type === 'E') onStatement(bound);
  };
  return (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (;;) {
      const typeBytes = started ? 1 : 0;
      if (waiting.length < typeBytes + 4) return;
      const length = typeBytes + waiting.readUInt32BE(typeBytes);
      if (waiting.length < length) return;
      if (started) readMessage(String.fromCharCode(waiting[0] ?? 0), waiting.subarray(typeBytes + 4, length));
      started = true;
      waiting = waiting.subarray(length);
    }
  };
}

/** A text that ends with a zero byte, and the position after it. */
function textAt(body: Buffer, start: number): { readonly text: string; readonly end: number } {
  const end = body.indexOf(0, start);
  return { text: body.toString('utf8', start, end), end: end + 1 };
}

function beginningOf(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, TEXT_LENGTH);
}
