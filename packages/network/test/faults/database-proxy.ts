/** A proxy between the network and PostgreSQL that reads which prepared statement passes, and can hold, delay or cut it off. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createMessageReader, readBind, readParse, type WireMessage } from './wire.ts';

/**
 * A statement on its way: before PostgreSQL receives it, or after PostgreSQL has executed it and before the network receives the result.
 */
export interface PassingStatement {
  readonly name: string;
  readonly text: string;
  readonly at: 'BEFORE' | 'AFTER';
}

/** The statement waits for the returned promise, if any. When it rejects, the connection is cut. */
export type StatementGate = (passing: PassingStatement) => Promise<void> | undefined;

export interface DatabaseProxy {
  /** The address to use in place of the server's. */
  readonly url: string;
  /** Breaks every connection and refuses new ones. */
  close(): Promise<void>;
  /** Accepts connections again, to a server whose port may have changed. */
  open(serverUrl: string): Promise<void>;
}

/** Only named statements go through the gate; those of housekeeping and migrations have no name. Without TLS, as on loopback. */
export async function startDatabaseProxy(options: {
  readonly serverUrl: string;
  readonly gate: StatementGate;
}): Promise<DatabaseProxy> {
  const url = new URL(options.serverUrl);
  let serverPort = Number(url.port);
  const sockets = new Set<Socket>();
  const server = createServer((network) => {
    const upstream = connect({ host: '127.0.0.1', port: serverPort });
    for (const socket of [network, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    }
    join(network, upstream, options.gate);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo; // it listens on TCP
  url.port = String(port);
  return {
    url: url.href,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    open: (serverUrl) => {
      serverPort = Number(new URL(serverUrl).port);
      return listen(port);
    },
  };
}

interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Messages are forwarded in groups that end with Sync or ReadyForQuery: one round trip in each direction. */
function join(network: Socket, upstream: Socket, gate: StatementGate): void {
  const texts = new Map<string, string>();
  /** The requests that PostgreSQL has received and not yet answered by ReadyForQuery; the first one opens the connection. */
  const rounds: (readonly Statement[])[] = [[]];
  let ready = false;
  const cut = () => {
    network.destroy();
    upstream.destroy();
  };
  const toServer = createLane(upstream, { gate, at: 'BEFORE', cut });
  const toNetwork = createLane(network, { gate, at: 'AFTER', cut });

  const readNetwork = createMessageReader({ opens: true });
  let sent: WireMessage[] = [];
  let bound: Statement[] = [];
  network.on('data', (chunk: Buffer) => {
    for (const message of readNetwork(chunk)) {
      sent.push(message);
      if (message.type === 'P') {
        const { name, text } = readParse(message);
        texts.set(name, text);
      }
      if (message.type === 'B') {
        const name = readBind(message);
        if (name !== '') bound.push({ name, text: texts.get(name) ?? '' });
      }
      const endsRound = message.type === 'S' || message.type === 'Q';
      if (endsRound) rounds.push(bound);
      if (endsRound || !ready || message.type === 'H' || message.type === 'X') {
        toServer(sent, endsRound ? bound : []);
        sent = [];
        if (endsRound) bound = [];
      }
    }
  });

  const readServer = createMessageReader({ opens: false });
  let answered: WireMessage[] = [];
  upstream.on('data', (chunk: Buffer) => {
    for (const message of readServer(chunk)) {
      answered.push(message);
      const endsRound = message.type === 'Z';
      if (!endsRound && ready) continue;
      ready ||= endsRound;
      toNetwork(answered, endsRound ? (rounds.shift() ?? []) : []);
      answered = [];
    }
  });
  // The last messages before PostgreSQL closes the connection end without ReadyForQuery.
  upstream.once('close', () => toNetwork(answered, [], () => network.end()));
  // Forwarded messages still arrive, as after a killed process. Messages that the gate holds are never forwarded.
  network.once('close', () => upstream.end());
}

type Lane = (messages: readonly WireMessage[], statements: readonly Statement[], then?: () => void) => void;

/** Forwards groups of messages in order, each after the gate has let its statements pass. */
function createLane(
  to: Socket,
  { gate, at, cut }: { readonly gate: StatementGate; readonly at: PassingStatement['at']; readonly cut: () => void },
): Lane {
  let last = Promise.resolve();
  return (messages, statements, then) => {
    last = last
      .then(async () => {
        for (const statement of statements) await gate({ ...statement, at });
        if (to.writable && messages.length > 0) to.write(Buffer.concat(messages.map(({ bytes }) => bytes)));
        then?.();
      })
      .catch(cut);
  };
}
