// Reads UF2 files: https://github.com/microsoft/uf2. Written apart from the writer, `tests/tools/src/uf2.rs`.

const BLOCK = 512;
const MAGIC = [
  [0, 0x0a324655],
  [4, 0x9e5d5157],
  [508, 0x0ab16f30],
];
const NOT_MAIN_FLASH = 1;
const FAMILY_ID_PRESENT = 0x2000;

/** The blocks of a file as `{ address, data }`; throws when the file is damaged or for another chip. */
export function read(file, family) {
  if (file.length === 0 || file.length % BLOCK !== 0) {
    throw new Error(`${file.length} bytes are no UF2 file: not a multiple of ${BLOCK}`);
  }
  const count = file.length / BLOCK;
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const blocks = [];
  for (let number = 0; number < count; number++) {
    const word = (offset) => view.getUint32(number * BLOCK + offset, true);
    if (MAGIC.some(([offset, magic]) => word(offset) !== magic)) {
      throw new Error(`block ${number}: not a UF2 block`);
    }
    const [flags, address, size, own, total, id] = [8, 12, 16, 20, 24, 28].map(word);
    if (own !== number || total !== count) {
      throw new Error(`block ${number} of ${count} says that it is ${own} of ${total}`);
    }
    if (size > 476) {
      throw new Error(`block ${number} has ${size} bytes`);
    }
    if (!(flags & FAMILY_ID_PRESENT) || id !== family) {
      throw new Error(`block ${number} is for the family 0x${id.toString(16)}`);
    }
    if (!(flags & NOT_MAIN_FLASH)) {
      const start = number * BLOCK + 32;
      blocks.push({ address, data: file.subarray(start, start + size) });
    }
  }
  return blocks;
}
