// node run.mjs IMAGE.uf2 [--bytes N]
//
// Runs the image until it rests (an endless loop of nothing), waits for more input than there is, or has written N
// bytes. Standard input goes to UART0 and UART0 to standard output. The last line of standard error is a report in
// JSON:
//
//   end       "rest", "input" or "bytes"; "time" when none of them came
//   seconds   emulated time
//   cycles    of the core; flash answers at once, and a byte leaves the UART at once
//   starts    cycles at each byte that came a while after the one before: where a token's text begins
//   led       emulated seconds at which GPIO25 changed, once it is an output

import { readFileSync } from 'node:fs';
import { boot } from './chip.mjs';
import { read } from './uf2.mjs';

const RP2040_FAMILY = 0xe48bff56;
/** Emulated seconds after which a program is given up. */
const LIMIT = 30;
/** Polls of an empty line, one after the other, that count as waiting for input. */
const IDLE_POLLS = 1000;
/** Bytes of one write come sooner one after the other than this many cycles, those of two tokens later. */
const PAUSE = 100_000;
const LED = 25;

const [image, ...options] = process.argv.slice(2);
const bytes = options[0] === '--bytes' ? Number(options[1]) : Infinity;
const chip = boot(read(readFileSync(image), RP2040_FAMILY));
const { core, clock } = chip;
const uart = chip.uart[0];
const report = { end: 'time', seconds: 0, cycles: 0, starts: [], led: [] };

const output = [];
let written = -Infinity;
uart.onByte = (byte) => {
  output.push(byte);
  if (core.cycles - written > PAUSE) {
    report.starts.push(core.cycles);
  }
  written = core.cycles;
  if (output.length >= bytes) {
    report.end = 'bytes';
  }
};

// A byte is fed when the program looks for one: on a real line it would come at its own time.
const input = readFileSync(0);
let fed = 0;
let polls = 0;
const readUart = uart.readUint32.bind(uart);
uart.readUint32 = (offset) => {
  const UARTFR = 0x18;
  if (offset === UARTFR && uart.rxFIFO.empty && uart.enabled) {
    if (fed < input.length) {
      uart.feedByte(input[fed++]);
    } else if (++polls > IDLE_POLLS) {
      report.end = 'input';
    }
  }
  return readUart(offset);
};

const levels = new Set([0, 1]);
chip.gpio[LED].addListener((level, before) => {
  if (levels.has(level) && levels.has(before)) {
    report.led.push(clock.nanos / 1e9);
  }
});

/** At `b .`, or at one of the two instructions of `yield` and a branch back to it. */
function rests() {
  const BRANCH_TO_ITSELF = 0xe7fe;
  const YIELD = 0xbf10;
  const BRANCH_TO_YIELD = 0xe7fd;
  const at = (offset) => core.readUint16((core.PC & ~1) + offset);
  const opcode = at(0);
  return (
    opcode === BRANCH_TO_ITSELF ||
    (opcode === YIELD && at(2) === BRANCH_TO_YIELD) ||
    (opcode === BRANCH_TO_YIELD && at(-2) === YIELD)
  );
}

const SLICE = 10_000;
while (report.end === 'time' && clock.nanos < LIMIT * 1e9) {
  const nanos = 1e9 / chip.clkSys;
  for (let i = 0; i < SLICE && report.end === 'time'; i++) {
    if (core.waiting) {
      // Time passes and the core does nothing: the clock goes on, the core's cycles do not.
      clock.tick(clock.nanosToNextAlarm);
    } else {
      clock.tick(core.executeInstruction() * nanos);
    }
  }
  if (rests()) {
    report.end = 'rest';
  }
}
report.seconds = clock.nanos / 1e9;
report.cycles = core.cycles;
process.stdout.write(Buffer.from(output));
process.stderr.write(`${JSON.stringify(report)}\n`);
