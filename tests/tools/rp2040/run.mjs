// node run.mjs IMAGE.uf2... [--bytes N] [--usb]
//
// Runs the images, all of them in flash, until the program rests (an endless loop of nothing), waits for more input
// than there is, or has written N bytes. Standard input goes to UART0 and UART0 to standard output, or a terminal at the
// chip's USB does both. The last line of standard error is a report in JSON:
//
//   end       "rest", "input" or "bytes"; "time" when none of them came
//   seconds   emulated time, misses of the flash's cache included
//   starts    at each byte that came a while after the one before, where a token's text begins: cycles of the core, as if
//             flash answered at once and a byte left the line at once
//   misses    at the same bytes: misses of the flash's cache
//   miss      cycles that a miss takes
//   led       emulated seconds at which GPIO25 changed, once it is an output

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MISS } from './cache.mjs';
import { boot } from './chip.mjs';
import { read } from './uf2.mjs';
import { plug } from './usb.mjs';

const RP2040_FAMILY = 0xe48bff56;
/** Emulated seconds after which a program is given up. */
const LIMIT = 30;
/** Polls of an empty line, one after the other, that count as waiting for input. */
const IDLE_POLLS = 1000;
/** Bytes of one write come sooner one after the other than this many cycles, those of two tokens later. */
const PAUSE = 100_000;
const LED = 25;

const { values, positionals: images } = parseArgs({
  allowPositionals: true,
  options: { bytes: { type: 'string', default: 'Infinity' }, usb: { type: 'boolean', default: false } },
});
const bytes = Number(values.bytes);
const chip = boot(images.flatMap((image) => read(readFileSync(image), RP2040_FAMILY)));
const { core, clock } = chip;
const report = { end: 'time', seconds: 0, starts: [], misses: [], miss: MISS, led: [] };

const output = [];
let written = -Infinity;
function onByte(byte) {
  output.push(byte);
  if (core.cycles - written > PAUSE) {
    report.starts.push(core.cycles);
    report.misses.push(core.misses);
  }
  written = core.cycles;
  if (output.length >= bytes) {
    report.end = 'bytes';
  }
}

const input = readFileSync(0);
const line = values.usb ? plug(chip, input, onByte) : wire(chip.uart[0]);

/** A terminal at UART0. A byte is fed when the program looks for one: on a real line it would come at its own time. */
function wire(uart) {
  const UARTFR = 0x18;
  const readUart = uart.readUint32.bind(uart);
  let fed = 0;
  let polls = 0;
  uart.onByte = onByte;
  uart.readUint32 = (offset) => {
    if (offset === UARTFR && uart.rxFIFO.empty && uart.enabled) {
      if (fed < input.length) {
        uart.feedByte(input[fed++]);
      } else if (++polls > IDLE_POLLS) {
        report.end = 'input';
      }
    }
    return readUart(offset);
  };
  return { finished: () => fed === input.length };
}

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
  const at = (offset) => chip.readUint16((core.PC & ~1) + offset);
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
    if (!core.waiting) {
      const { misses } = core;
      const cycles = core.executeInstruction();
      clock.tick((cycles + (core.misses - misses) * MISS) * nanos);
    } else if (clock.nextAlarm) {
      // Time passes and the core does nothing: the clock goes on, the core's cycles do not.
      clock.tick(clock.nanosToNextAlarm);
    } else if (line.finished()) {
      report.end = 'input';
    } else {
      throw new Error('the program sleeps for ever and takes no input');
    }
  }
  if (rests()) {
    report.end = 'rest';
  }
}
report.seconds = clock.nanos / 1e9;
process.stdout.write(Buffer.from(output));
process.stderr.write(`${JSON.stringify(report)}\n`);
