// The cache between the RP2040's core and its flash, modelled: rp2040js lets flash answer at once.
//
// 16 KB, two ways, lines of 8 bytes (RP2040 Datasheet, "XIP Cache"). Assumed: the line that was used longest ago is
// replaced; and a miss stalls the core for 56 cycles. With the second boot stage's settings a line takes 28 clocks of the
// flash (8 of address and mode, 4 of waiting, 16 of data, on four wires), which runs at half of the core's clock.

/** Cycles of the core that a miss takes. */
export const MISS = 56;

const LINE_BITS = 3;
const SETS = 1024;
const CACHED = 0x10;

/** Counts in `core.misses` what the instructions of `core` miss, fetches included, from now on. */
export function model(core) {
  const recent = new Int32Array(SETS).fill(-1);
  const other = new Int32Array(SETS).fill(-1);
  const touch = (address) => {
    if (address >>> 24 !== CACHED) {
      return;
    }
    const line = address >>> LINE_BITS;
    const set = line & (SETS - 1);
    if (recent[set] === line) {
      return;
    }
    if (other[set] !== line) {
      core.misses++;
    }
    other[set] = recent[set];
    recent[set] = line;
  };
  core.misses = 0;
  for (const name of ['readUint32', 'readUint16', 'readUint8']) {
    const read = core[name].bind(core);
    core[name] = (address) => {
      touch(address);
      return read(address);
    };
  }
}
