// The C interface (runtime/c/include/autarky.h) over a memory of WebAssembly: a model and its session.
class Engine {
  static PIECE = 33;
  static PART = 8;
  static CANDIDATE = 4 + Engine.PIECE + 3;
  static FACTS = 28;
  static DAMAGED_TOO_SMALL = -5;

  // Throws the engine's own sentence where `file` is no model.
  constructor(module, file) {
    const panic = () => { throw new Error("the engine stopped"); };
    this.c = new WebAssembly.Instance(module, { env: { autarky_panic: panic } }).exports;
    this.end = this.c.__heap_base.value;
    const model = this.take(file.length);
    this.bytes(model, file.length).set(file);
    const size = this.c.autarky_state_size(model, file.length);
    const state = this.take(Math.max(size, 1));
    const place = this.take(4);
    this.check(this.c.autarky_open(place, model, file.length, state, size));
    this.session = this.view().getUint32(place, true);
    this.fileBytes = file.length;
    this.stateBytes = size;
    // What calls need is placed behind, and given back after each.
    this.free = this.end;
  }

  take(length) {
    const place = (this.end + 15) & ~15;
    this.end = place + length;
    const lack = this.end - this.c.memory.buffer.byteLength;
    if (lack > 0) this.c.memory.grow(Math.ceil(lack / 65536));
    return place;
  }

  // Growing the memory detaches older views.
  bytes(place, length) { return new Uint8Array(this.c.memory.buffer, place, length); }
  view() { return new DataView(this.c.memory.buffer); }

  sentence(error) {
    const place = this.c.autarky_strerror(error);
    const rest = new Uint8Array(this.c.memory.buffer, place);
    return this.decode(rest.subarray(0, rest.indexOf(0)));
  }

  decode(bytes) { return new TextDecoder().decode(bytes); }

  check(result) {
    if (result < 0) throw new Error(this.sentence(result));
    return result;
  }

  // A call with an input: `use(place, length)`.
  given(input, use) {
    const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
    this.end = this.free;
    const place = this.take(bytes.length + 1);
    this.bytes(place, bytes.length).set(bytes);
    return use(place, bytes.length);
  }

  facts() {
    this.end = this.free;
    const place = this.take(Engine.FACTS);
    this.check(this.c.autarky_facts(this.session, place, Engine.FACTS));
    const view = this.view();
    const short = (at) => view.getUint16(place + at, true);
    return {
      id: view.getUint32(place, true), ram: view.getUint32(place + 4, true), selfTestSteps: short(8), vocabSize: short(10),
      context: short(12), layers: short(14), dModel: short(16), dFf: short(18), heads: short(20), kvHeads: short(22),
      weightTrits: short(24), hasEnd: short(26) !== 0, fileBytes: this.fileBytes, stateBytes: this.stateBytes,
    };
  }

  selfTest() { return this.check(this.c.autarky_self_test(this.session)); }

  prompt(text) {
    this.check(this.c.autarky_reset(this.session));
    return this.given(text, (place, length) => this.check(this.c.autarky_prompt(this.session, place, length)));
  }

  sampling(temperature, seed) {
    this.end = this.free;
    const place = this.take(24);
    const view = this.view();
    view.setBigUint64(place, BigInt(seed), true);
    [temperature, 0].forEach((value, i) => view.setUint16(place + 8 + 2 * i, value, true));
    [100, 0].forEach((value, i) => view.setUint8(place + 12 + i, value));
    view.setUint16(place + 14, 0, true);
    this.check(this.c.autarky_sampling(this.session, place));
  }

  // Nothing at the end of a document.
  next() {
    this.end = this.free;
    const place = this.take(Engine.PIECE);
    const length = this.check(this.c.autarky_next(this.session, place, Engine.PIECE));
    return this.decode(this.bytes(place, length));
  }

  compress(text) {
    return this.given(text, (place, length) => {
      const packet = this.take(length + 2);
      const bytes = this.check(this.c.autarky_compress(this.session, place, length, packet, length + 2, 1));
      return this.bytes(packet, bytes).slice();
    });
  }

  decompress(packet) {
    for (let room = 4096; ; room *= 4) {
      const text = this.given(packet, (place, length) => {
        const out = this.take(room);
        const bytes = this.c.autarky_decompress(this.session, place, length, out, room, 1);
        // A damaged packet may stand for a text of any length.
        if (bytes === Engine.DAMAGED_TOO_SMALL && room < 1 << 16) return null;
        return this.decode(this.bytes(out, this.check(bytes)));
      });
      if (text !== null) return text;
    }
  }

  // Bytes and bits of each part.
  bits(text) {
    return this.given(text, (place, length) => {
      const parts = this.take((length + 1) * Engine.PART);
      const count = this.check(this.c.autarky_bits(this.session, place, length, parts, length + 1));
      const view = this.view();
      return Array.from({ length: count }, (_, i) => {
        const at = parts + i * Engine.PART;
        return { bytes: view.getUint32(at, true), bits: view.getUint32(at + 4, true) / 65536 };
      });
    });
  }

  // The likeliest pieces behind the prompt, with their probabilities.
  top(count) {
    this.end = this.free;
    const place = this.take(count * Engine.CANDIDATE);
    const found = this.check(this.c.autarky_top(this.session, place, count));
    const view = this.view();
    return Array.from({ length: found }, (_, i) => {
      const at = place + i * Engine.CANDIDATE;
      const utf8 = this.bytes(at + 4, Engine.PIECE);
      return { share: 2 ** (-view.getUint32(at, true) / 65536), text: this.decode(utf8.subarray(0, utf8.indexOf(0))) };
    });
  }
}
