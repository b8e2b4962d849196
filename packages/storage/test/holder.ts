/** A separate process that holds a database open: prints its URL, or the error's code, and closes when its input ends. */
import { openDatabase, StorageError } from '../src/index.ts';

const [dataDir = '', name = ''] = process.argv.slice(2);
try {
  const database = await openDatabase({ dataDir, name });
  console.log(database.url);
  process.stdin.resume().once('end', () => database.close());
} catch (error) {
  console.log(error instanceof StorageError ? error.code : error);
}
