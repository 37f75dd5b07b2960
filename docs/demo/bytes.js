// Bytes as text and back.
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,./:;<=>?@[]^_`{|}~\"";

const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

// basE91 (Joachim Henke): 13 or 14 bits in two characters.
function toBase91(bytes) {
  let text = "", queue = 0, bits = 0;
  for (const byte of bytes) {
    queue |= byte << bits;
    bits += 8;
    if (bits > 13) {
      const taken = (queue & 0x1fff) > 88 ? 13 : 14;
      const pair = queue & ((1 << taken) - 1);
      queue >>= taken;
      bits -= taken;
      text += DIGITS[pair % 91] + DIGITS[Math.floor(pair / 91)];
    }
  }
  if (bits > 0) text += DIGITS[queue % 91];
  if (bits > 7 || queue > 90) text += DIGITS[Math.floor(queue / 91)];
  return text;
}

// Nothing where a character is no digit.
function fromBase91(text) {
  const bytes = [];
  let queue = 0, bits = 0, first = -1;
  for (const character of text) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0) return null;
    if (first < 0) {
      first = digit;
      continue;
    }
    const pair = first + digit * 91;
    first = -1;
    queue |= pair << bits;
    bits += (pair & 0x1fff) > 88 ? 13 : 14;
    for (; bits > 7; bits -= 8, queue >>= 8) bytes.push(queue & 255);
  }
  if (first >= 0) bytes.push((queue | first << bits) & 255);
  return Uint8Array.from(bytes);
}

const isHex = (text) => /^([0-9a-f]{2})+$/i.test(text);
const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

// What stands in an element: base64 of deflated bytes.
async function unpack(element) {
  const packed = Uint8Array.from(atob(element.textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
