// The worker as functions that promise.
const $ = (id) => document.getElementById(id);
const settings = JSON.parse($("settings").textContent);
const client = (() => {
  const source = new Blob([$("engine-code").textContent], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(source));
  const waiting = new Map();
  let last = 0, timer = 0;
  // A bar for what takes longer than a tenth of a second.
  const show = () => {
    clearTimeout(timer);
    if (waiting.size === 0) $("busy").hidden = true;
    else timer = setTimeout(() => { $("busy").hidden = false; }, 100);
  };
  worker.onmessage = ({ data: { id, piece, value, error } }) => {
    // What has failed already is answered to nobody.
    if (!waiting.has(id)) return;
    const { done, fail, pieces } = waiting.get(id);
    if (piece !== undefined) return pieces(piece);
    waiting.delete(id);
    show();
    if (error === undefined) done(value);
    else fail(new Error(error));
  };
  worker.onerror = ({ message }) => {
    for (const { fail } of waiting.values()) fail(new Error(message ?? "the engine stopped"));
    waiting.clear();
    show();
  };
  const call = (call, input, pieces) => new Promise((done, fail) => {
    waiting.set(++last, { done, fail, pieces });
    worker.postMessage({ id: last, call, input });
    show();
  });
  return { call };
})();

// Calls `work` with the newest value alone: what was typed meanwhile is skipped.
function latest(work) {
  let busy = false, next;
  return async function run(value) {
    next = { value };
    if (busy) return;
    busy = true;
    while (next) {
      const { value } = next;
      next = undefined;
      await work(value, () => next !== undefined);
    }
    busy = false;
  };
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
const number = (n) => n.toLocaleString("en");
