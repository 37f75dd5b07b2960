// An RP2040 by rp2040js 1.4.1, with corrections of that version's core.

import { model } from './cache.mjs';
import { LogLevel, ConsoleLogger, RP2040 } from 'rp2040js';

const FLASH = 0x10000000;
/** Behind the second boot stage, which the boot ROM runs: neither is emulated. */
const VECTOR_TABLE = FLASH + 0x100;
const SEV = 0xbf40;

/** A chip at the start of the program that `blocks` hold. */
export function boot(blocks) {
  const chip = new RP2040();
  // Unimplemented registers and hints are warnings; an access that the chip would refuse is an error and throws.
  chip.logger = new ConsoleLogger(LogLevel.Error);
  for (const { address, data } of blocks) {
    chip.flash.set(data, address - FLASH);
  }
  chip.core.VTOR = VECTOR_TABLE;
  chip.core.reset();
  correct(chip.core);
  model(chip.core);
  return chip;
}

/**
 * Two faults of rp2040js 1.4.1 are corrected around each instruction:
 *
 * - LSLS, LSRS, ASRS and RORS by a register that holds 0 must leave the carry as it is (Armv6-M Architecture Reference
 *   Manual, Shift_C): all but LSLS set it. LSLS by more than 32 must clear it.
 * - SEV must set the event register, or the next WFE sleeps although work was announced.
 */
function correct(core) {
  const execute = core.executeInstruction.bind(core);
  const read = core.readUint16.bind(core);
  core.executeInstruction = () => {
    // An interrupt is taken here, so that `opcode` is the instruction that is executed.
    while (core.interruptsUpdated && core.checkForInterrupts()) {
      core.waiting = false;
    }
    const opcode = read(core.PC & ~1);
    const carry = core.C;
    const shift = registerShift(opcode);
    const amount = shift ? core.registers[(opcode >> 3) & 7] & 0xff : 0;
    const cycles = execute();
    if (shift && amount === 0) {
      core.C = carry;
    } else if (shift === 'LSLS' && amount > 32) {
      core.C = false;
    } else if (opcode === SEV) {
      core.eventRegistered = true;
    }
    return cycles;
  };
}

function registerShift(opcode) {
  // 0100000xxx: 010 LSLS, 011 LSRS, 100 ASRS, 111 RORS.
  switch (opcode >> 6) {
    case 0x102:
      return 'LSLS';
    case 0x103:
      return 'LSRS';
    case 0x104:
      return 'ASRS';
    case 0x107:
      return 'RORS';
    default:
      return undefined;
  }
}
