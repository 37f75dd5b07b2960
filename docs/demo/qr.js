// QR codes (ISO/IEC 18004): bytes, error correction level L, versions 1 to 9.

// By version: bytes of data, bytes of correction in each block, blocks, and the centre of the second alignment pattern.
const QR_VERSIONS = [
  [19, 7, 1, 0], [34, 10, 1, 18], [55, 15, 1, 22], [80, 20, 1, 26], [108, 26, 1, 30], [136, 18, 2, 34], [156, 20, 2, 22],
  [194, 24, 2, 24], [232, 30, 2, 26],
];

// Products in GF(256) with the polynomial 0x11d.
const qrTimes = (a, b) => {
  let product = 0;
  for (let i = 7; i >= 0; i--) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((b >> i) & 1) * a);
  return product;
};

// Reed and Solomon's remainder: `count` bytes.
function qrCorrection(data, count) {
  const divisor = new Uint8Array(count);
  divisor[count - 1] = 1;
  for (let i = 0, root = 1; i < count; i++, root = qrTimes(root, 2)) {
    for (let j = 0; j < count; j++) divisor[j] = qrTimes(divisor[j], root) ^ (divisor[j + 1] ?? 0);
  }
  const rest = new Uint8Array(count);
  for (const byte of data) {
    const factor = byte ^ rest[0];
    rest.copyWithin(0, 1);
    rest[count - 1] = 0;
    for (let j = 0; j < count; j++) rest[j] ^= qrTimes(divisor[j], factor);
  }
  return rest;
}

// All bytes of a code, data and correction, in the order in which they are drawn.
function qrBytes(text, [room, correction, blocks]) {
  const bits = [[4, 4], [text.length, 8], ...Array.from(text, (c) => [c.charCodeAt(0), 8]), [0, 4]]
    .map(([value, length]) => value.toString(2).padStart(length, "0")).join("");
  const data = Array.from(bits.match(/.{8}/g), (byte) => parseInt(byte, 2));
  for (let pad = 0xec; data.length < room; pad ^= 0xec ^ 0x11) data.push(pad);
  const each = room / blocks;
  const parts = Array.from({ length: blocks }, (_, i) => data.slice(i * each, (i + 1) * each));
  const corrections = parts.map((part) => qrCorrection(part, correction));
  const turns = (lists) => Array.from(lists[0], (_, i) => lists.map((list) => list[i])).flat();
  return [...turns(parts), ...turns(corrections)];
}

// Rows of modules: 1 is dark. Nothing where the text is too long.
function qrModules(text) {
  const version = QR_VERSIONS.findIndex(([room]) => text.length + 2 <= room) + 1;
  if (version === 0) return null;
  const form = QR_VERSIONS[version - 1];
  const size = 17 + 4 * version;
  const modules = Array.from({ length: size }, () => Array(size).fill(null));
  const set = (x, y, dark) => { if (modules[y]?.[x] !== undefined) modules[y][x] = Number(dark); };
  const square = (x, y, reach, dark) => {
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) set(x + dx, y + dy, dark(Math.max(Math.abs(dx), Math.abs(dy))));
    }
  };
  for (let i = 0; i < size; i++) { set(i, 6, i % 2 === 0); set(6, i, i % 2 === 0); }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) square(x, y, 4, (ring) => ring !== 2 && ring !== 4);
  // Version 7 and later have alignment patterns in between, too.
  const centres = version === 1 ? [] : version < 7 ? [6, form[3]] : [6, form[3], size - 7];
  for (const x of centres) {
    for (const y of centres) {
      const corner = (x === 6 && y === 6) || (x === 6 && y === size - 7) || (x === size - 7 && y === 6);
      if (!corner) square(x, y, 2, (ring) => ring !== 1);
    }
  }
  // Places of the format are kept free of data.
  const format = (value) => {
    for (let i = 0; i < 15; i++) {
      const bit = (value >> i) & 1;
      set(...(i < 6 ? [8, i] : i < 8 ? [8, i + 1] : i === 8 ? [7, 8] : [14 - i, 8]), bit);
      set(...(i < 8 ? [size - 1 - i, 8] : [8, size - 15 + i]), bit);
    }
    set(8, size - 8, 1);
  };
  format(0);
  if (version >= 7) {
    let rest = version;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
    const bits = (version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)];
      set(a, b, (bits >> i) & 1);
      set(b, a, (bits >> i) & 1);
    }
  }
  // Two columns at a time from the right, upwards and downwards in turn; mask 0 is a chequerboard.
  const bits = qrBytes(text, form).map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let at = 0;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    const upwards = ((right + 1) & 2) === 0;
    for (let i = 0; i < size; i++) {
      const y = upwards ? size - 1 - i : i;
      for (const x of [right, right - 1]) {
        if (modules[y][x] === null) set(x, y, Number(bits[at++] ?? 0) ^ ((x + y + 1) & 1));
      }
    }
  }
  // Level L, mask 0.
  const level = 1 << 3;
  let rest = level;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  format(((level << 10) | rest) ^ 0x5412);
  return modules;
}

// A drawing, with the margin that readers want.
function drawQr(text) {
  const modules = qrModules(text);
  if (modules === null) return null;
  const size = modules.length + 8;
  const path = modules.flatMap((row, y) => row.map((dark, x) => dark ? `M${x + 4} ${y + 4}h1v1h-1z` : "")).join("");
  const holder = document.createElement("div");
  holder.innerHTML = `<svg viewBox="0 0 ${size} ${size}" role="img" aria-label="QR code of the packet in base91"
    shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`;
  return holder.firstChild;
}
