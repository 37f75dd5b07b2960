// The tab that shows what the model expects, what it is, and where it fits.
function setUpLook(opened) {
  const expect = latest(async (text, stale) => {
    try {
      const candidates = await client.call("expect", { text, count: 12 });
      if (!stale()) show(candidates);
    } catch (error) {
      const item = document.createElement("li");
      item.textContent = sentence(error.message);
      $("expected").replaceChildren(item);
    }
  });

  const visible = (piece) => piece === "" ? "the end" : piece.replaceAll(" ", "␣").replaceAll("\n", "⏎");

  function show(candidates) {
    $("expected").replaceChildren(...candidates.map(({ text, share }) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      const percent = (100 * share).toFixed(share < 0.1 ? 1 : 0);
      button.type = "button";
      button.disabled = text === "";
      button.innerHTML = "<span></span><span></span>";
      button.children[0].textContent = visible(text);
      button.children[1].textContent = `${percent} %`;
      button.style.setProperty("--share", share);
      button.onclick = () => {
        $("context").value += text;
        expect($("context").value);
        $("context").focus();
      };
      item.append(button);
      return item;
    }));
  }

  function row(cells) {
    const row = document.createElement("tr");
    cells.forEach((cell, i) => {
      const element = document.createElement(i === 0 ? "th" : "td");
      if (i === 0) element.scope = "row";
      element.textContent = cell;
      row.append(element);
    });
    return row;
  }

  // As formats::Board::fit decides.
  function fit(board, facts) {
    const flash = facts.fileBytes + settings.programFlash - board.flash;
    const ram = facts.ram + settings.programRam - board.ram;
    if (flash > 0) return `lacks ${number(flash)} bytes of flash`;
    return ram > 0 ? `lacks ${number(ram)} bytes of RAM` : "fits";
  }

  function describe(facts, provenance) {
    $("provenance").textContent = provenance;
    $("facts").tBodies[0].replaceChildren(...[
      ["File", `${number(facts.fileBytes)} bytes`],
      ["Name in packets and programs", facts.id.toString(16).padStart(8, "0")],
      ["RAM of the engine", `${number(facts.ram)} bytes`],
      ["Tokens", number(facts.vocabSize)],
      ["Context", `${number(facts.context)} tokens`],
      ["Layers", facts.layers],
      ["Channels", `${number(facts.dModel)}, ${number(facts.dFf)} in the MLP`],
      ["Heads", `${facts.heads} for queries, ${facts.kvHeads} for keys and values`],
      ["Trits per weight", facts.weightTrits],
      ["Computed with", settings.simd ? "SIMD instructions" : "plain instructions: this browser has no SIMD"],
    ].map(row));
    $("boards").tBodies[0].replaceChildren(...settings.boards.map((board) => {
      const answer = fit(board, facts);
      const line = row([board.name, `${board.flash >> 10} KB`, `${board.ram >> 10} KB`, answer]);
      line.className = answer === "fits" ? "fits" : "lacks";
      return line;
    }));
    $("boards-note").textContent = `${number(settings.programFlash)} bytes of flash and ${number(settings.programRam)} bytes of RAM `
      + "are set aside for the program around the model.";
  }

  async function open(file) {
    const note = $("file-note");
    if (!file) return;
    note.classList.remove("error");
    try {
      if (file.size > 8 << 20) throw new Error("a model file has at most some megabytes");
      const bytes = new Uint8Array(await file.arrayBuffer());
      const facts = await client.call("open", { file: bytes });
      note.textContent = `${file.name} is in use in all tabs.`;
      await opened(facts, `${file.name}, your file`);
    } catch (error) {
      note.classList.add("error");
      note.textContent = `${file.name}: ${sentence(error.message)}`;
    }
  }

  $("context").oninput = () => expect($("context").value);
  $("file").onchange = () => open($("file").files[0]);
  // A file that misses the field would leave the page.
  document.ondragover = (event) => event.preventDefault();
  document.ondrop = (event) => {
    event.preventDefault();
    open(event.dataTransfer.files[0]);
  };
  return (facts, provenance) => {
    describe(facts, provenance);
    expect($("context").value);
  };
}
