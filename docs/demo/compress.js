// The tab that packs messages.
function setUpCompress() {
  let packet = new Uint8Array();
  const bars = settings.packets.map(([room, name]) => {
    const row = document.createElement("div");
    row.className = "bar";
    row.innerHTML = "<span></span><meter min='0'></meter><span></span>";
    const [label, meter, left] = row.children;
    label.textContent = `${room} bytes, ${name}`;
    Object.assign(meter, { max: room, high: room, optimum: 0 });
    meter.setAttribute("aria-label", label.textContent);
    $("bars").append(row);
    return (length) => {
      meter.value = length;
      meter.title = `${length} of ${room} bytes`;
      row.classList.toggle("over", length > room);
      left.textContent = length > room ? `${length - room} too long` : `${room - length} left`;
    };
  });

  const measure = latest(async (text, stale) => {
    try {
      const measured = await client.call("measure", { text });
      if (!stale()) show(text, measured);
    } catch (error) {
      $("sizes").textContent = sentence(error.message);
    }
  });

  function show(text, measured) {
    packet = measured.packet;
    const bytes = new TextEncoder().encode(text);
    const saved = bytes.length - packet.length;
    $("saved").textContent = `${saved} bytes saved`;
    const share = bytes.length === 0 ? "" : ` (${Math.round(100 * saved / bytes.length)} %)`;
    $("sizes").textContent = `${bytes.length} bytes in a packet of ${packet.length}${share}`;
    const tinted = [];
    let at = 0;
    for (const part of measured.parts) {
      const span = document.createElement("span");
      span.textContent = part.bytes === 0 ? "■" : new TextDecoder().decode(bytes.subarray(at, at + part.bytes));
      span.title = `${part.bits.toFixed(1)} bits${part.bytes === 0 ? ", the end" : ""}`;
      // A piece of several characters spreads its bits.
      const each = part.bits / Math.max([...span.textContent].length, 1);
      span.style.setProperty("--cost", Math.min(each / 8, 1).toFixed(3));
      tinted.push(span);
      at += part.bytes;
    }
    $("tinted").replaceChildren(...tinted);
    for (const bar of bars) bar(packet.length);
    $("packet").textContent = toHex(packet);
    showQr();
  }

  function showQr() {
    const text = toBase91(packet);
    const drawing = text.length > 0 ? drawQr(text) : null;
    $("qr").hidden = drawing === null;
    if (drawing) {
      const caption = document.createElement("figcaption");
      caption.textContent = "The packet in base91, as a QR code";
      $("qr").replaceChildren(drawing, caption);
    }
  }

  const copy = (text, what) => async () => {
    try {
      await navigator.clipboard.writeText(text());
      $("copied").textContent = `Copied as ${what}.`;
    } catch {
      $("copied").textContent = `The browser does not let this page copy. ${text()}`;
    }
  };
  $("copy-hex").onclick = copy(() => toHex(packet), "hex");
  $("copy-base91").onclick = copy(() => toBase91(packet), "base91");

  const read = latest(async (pasted) => {
    const text = pasted.replace(/\s/g, "");
    const bytes = isHex(text) ? fromHex(text) : fromBase91(text);
    const out = $("read");
    out.classList.remove("error");
    out.textContent = "";
    if (text === "") return;
    try {
      if (bytes === null) throw new Error("this is neither hex nor base91");
      out.textContent = await client.call("read", { packet: bytes });
    } catch (error) {
      out.classList.add("error");
      out.textContent = sentence(error.message);
    }
  });

  $("message").oninput = () => {
    $("copied").textContent = "";
    measure($("message").value);
  };
  $("pasted").oninput = () => read($("pasted").value);
  return () => {
    measure($("message").value);
    read($("pasted").value);
  };
}
