// Tabs, the self-test, and the start.
function setUpTabs() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const select = (chosen) => {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", on);
      tab.tabIndex = on ? 0 : -1;
      $(tab.getAttribute("aria-controls")).hidden = !on;
    }
  };
  tabs.forEach((tab, i) => {
    tab.onclick = () => select(tab);
    tab.onkeydown = ({ key }) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i + tabs.length - 1, Home: 0, End: tabs.length - 1 }[key];
      if (to === undefined) return;
      const next = tabs[to % tabs.length];
      select(next);
      next.focus();
    };
  });
}

async function selfTest(facts) {
  const line = $("self-test");
  try {
    const steps = await client.call("selfTest");
    line.textContent = `Your browser computes the chip's logits: 0 of ${number(steps * facts.vocabSize)} differ.`;
    line.className = "good";
  } catch (error) {
    line.textContent = sentence(error.message);
    line.className = "error";
  }
}

(async () => {
  setUpTabs();
  setUpWrite();
  const compress = setUpCompress();
  const opened = async (facts, provenance) => {
    $("model-bytes").textContent = number(facts.fileBytes);
    await selfTest(facts);
    look(facts, provenance);
    compress();
  };
  const look = setUpLook(opened);
  $("prompt").value = settings.prompt;
  $("message").value = settings.message;
  $("context").value = settings.context;
  try {
    const [simd, file] = await Promise.all([unpack($("wasm-simd")), unpack($("model"))]);
    // A browser without SIMD takes no module that has it.
    settings.simd = WebAssembly.validate(simd);
    const wasm = settings.simd ? simd : await unpack($("wasm"));
    await opened(await client.call("start", { wasm, file }), settings.provenance);
    document.documentElement.dataset.ready = "true";
  } catch (error) {
    $("self-test").textContent = `This browser cannot run the page: ${error.message}. One of the last three years can.`;
    $("self-test").className = "error";
  }
})();
