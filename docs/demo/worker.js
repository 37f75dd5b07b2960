// Off the main thread: answers calls in their order, and writes text piece by piece until it is told to stop.
let module, engine, writing = 0;

const calls = {
  start({ wasm, file }) {
    module = new WebAssembly.Module(wasm);
    return calls.open({ file });
  },
  // A file that is no model leaves the one before.
  open({ file }) {
    const opened = new Engine(module, file);
    const facts = opened.facts();
    engine = opened;
    return facts;
  },
  selfTest: () => engine.selfTest(),
  measure: ({ text }) => ({ packet: engine.compress(text), parts: engine.bits(text) }),
  read: ({ packet }) => engine.decompress(packet),
  expect({ text, count }) {
    engine.prompt(text);
    return engine.top(count);
  },
};

// Lets messages in between.
const breath = () => new Promise((go) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = go;
  channel.port2.postMessage(0);
});

async function write(id, { prompt, temperature, seed, tokens }) {
  const turn = ++writing;
  engine.sampling(temperature, seed);
  engine.prompt(prompt);
  let text = "", sent = performance.now();
  for (let left = tokens; left > 0; left--) {
    const piece = engine.next();
    text += piece;
    if (piece === "") {
      postMessage({ id, piece: text });
      return "ended";
    }
    if (performance.now() - sent > 40) {
      postMessage({ id, piece: text });
      text = "";
      await breath();
      sent = performance.now();
      // Whatever used the engine meanwhile has ended this text.
      if (turn !== writing) return "stopped";
    }
  }
  postMessage({ id, piece: text });
  return "done";
}

onmessage = async ({ data: { id, call, input } }) => {
  try {
    if (call !== "write") writing++;
    const value = call === "write" ? await write(id, input) : calls[call]?.(input);
    postMessage({ id, value });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
};
