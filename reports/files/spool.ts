import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** Items written once and read as often as needed, outside memory. */
export interface Spool<Item> {
  write(item: Item): Promise<void>;
  /** No more items. */
  close(): Promise<void>;
  /** In the order of writing. */
  read(): AsyncIterable<Item>;
}

/** Text that is kept back before it is written. */
const CHUNK = 65_536;

/** A file of one JSON text a line. */
export async function openSpool<Item>(file: string): Promise<Spool<Item>> {
  const handle = await open(file, 'w');
  let text = '';
  const flush = async (): Promise<void> => {
    await handle.writeFile(text);
    text = '';
  };
  return {
    async write(item) {
      text += `${JSON.stringify(item)}\n`;
      if (text.length >= CHUNK) await flush();
    },
    async close() {
      await flush();
      await handle.close();
    },
    async *read() {
      const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
      // What was written here a moment ago has the type it was written with.
      for await (const line of lines) yield JSON.parse(line) as Item;
    },
  };
}
