// The tab that generates text.
function setUpWrite() {
  const [form, written, button, note] = ["write-form", "written", "generate", "write-note"].map($);
  const idle = note.textContent;
  let running = false;
  $("temperature").oninput = () => { $("temperature-shown").textContent = ($("temperature").value / 100).toFixed(2); };
  form.onsubmit = async (event) => {
    event.preventDefault();
    // Any call ends the text.
    if (running) return client.call("stop");
    running = true;
    button.textContent = "Stop";
    written.textContent = "";
    const prompt = document.createElement("b");
    prompt.textContent = $("prompt").value;
    written.append(prompt);
    note.textContent = idle;
    const input = { prompt: $("prompt").value, temperature: Number($("temperature").value), seed: $("seed").value,
      tokens: Number($("tokens").value) };
    const began = performance.now();
    let length = 0;
    try {
      const end = await client.call("write", input, (piece) => {
        written.append(piece);
        length += [...piece].length;
      });
      const ended = end === "ended" ? " The document ended." : "";
      const seconds = (performance.now() - began) / 1000;
      note.textContent = `${number(length)} characters in ${seconds.toFixed(1)} seconds.${ended} ${idle}`;
    } catch (error) {
      note.textContent = sentence(error.message);
    }
    running = false;
    button.textContent = "Generate";
  };
}
