//! What a visitor does on the page, and what must come of it: texts and packets are those of Rust, bit for bit.

use super::browser::{Browser, BrowserError};
use super::page::root;
use crate::markdown::thousands;
use formats::Model;
use formats::boards::BOARDS;
use formats::fit::Fit;
use runtime::codec::{self, compress_framed, decompress_framed};
use runtime::{Generate, Sampling};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use tests::with_engine;

/// A message with what no model here knows.
const MESSAGE: &str = "Meet me at the old bridge, Zoë \u{1F600} 10:45";
/// Settings that are not the page's own.
const SEED: u64 = 12_345_678_901;
const TEMPERATURE: u16 = 65;
const TOKENS: usize = 90;

/// Bytes of packets that people must fit: Meshtastic, SMS and MeshCore, SMS data and Iridium, APRS, satellite units.
const ROOMS: [usize; 5] = [233, 160, 140, 67, 50];
/// Frozen packets: a model file, its id, a text, its packet, its framed packet; bytes as hex.
const GOLDEN: &str = include_str!("../../../golden/messages-1.tsv");
/// The model file of those that the page is tried with.
const GOLDEN_MODEL: &str = "format-2.aut";
/// Keeps the page's worker where a check finds it.
const KEEP_WORKER: &str = "window.Worker = class extends Worker {
    constructor(...source) { super(...source); window.keptWorker = this; }
};";

/// A text and its QR code of version 7 by the Python package `qrcode` 8.2, mask 0.
const QR: &str = include_str!("qr.txt");

/// One thing that must hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// What is there instead, where it does not hold.
    pub fault: Option<String>,
}

fn equal(name: &'static str, got: &str, wanted: &str) -> Check {
    let fault = (got != wanted).then(|| format!("{got:?} instead of {wanted:?}"));
    Check { name, fault }
}

fn holds(name: &'static str, holds: bool, found: &str) -> Check {
    let fault = (!holds).then(|| found.to_owned());
    Check { name, fault }
}

/// Opens `page` and does all of it; `model` is the page's. Models of the repository are dropped on it.
///
/// # Errors
/// [`BrowserError`] where the browser fails, not the page.
pub fn run(browser: &mut Browser, page: &Path, model: &[u8]) -> Result<Vec<Check>, BrowserError> {
    browser.command(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": KEEP_WORKER }),
    )?;
    let permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
    browser.command(
        "Browser.grantPermissions",
        json!({ "permissions": permissions }),
    )?;
    browser.command(
        "Emulation.setFocusEmulationEnabled",
        json!({ "enabled": true }),
    )?;
    browser.command(
        "Page.navigate",
        json!({ "url": format!("file://{}", page.display()) }),
    )?;
    browser.wait("document.documentElement?.dataset.ready === 'true' || document.getElementById('self-test')?.className === 'error'")?;
    let mut checks = vec![self_test(browser, model)?];
    checks.extend(write(browser, model)?);
    checks.extend(compress(browser, model)?);
    checks.extend(copy(browser, model)?);
    checks.extend(qr(browser)?);
    checks.extend(read(browser, model)?);
    checks.extend(long(browser)?);
    checks.extend(look(browser, model)?);
    checks.extend(golden(browser)?);
    checks.extend(narrow(browser)?);
    let complaints = browser.complaints.join("\n");
    checks.push(holds(
        "no requests and no errors",
        complaints.is_empty(),
        &complaints,
    ));
    Ok(checks)
}

fn self_test(browser: &mut Browser, model: &[u8]) -> Result<Check, BrowserError> {
    let logits = with_engine(model, |engine| {
        let model = engine.model();
        u32::from(model.self_test().steps) * u32::from(model.dims().vocab_size)
    });
    // With a comma behind thousands, as the page writes it.
    let grouped = thousands(logits.into());
    let wanted = format!("Your browser computes the chip's logits: 0 of {grouped} differ.");
    Ok(equal("self-test", &browser.text("self-test")?, &wanted))
}

fn prompt(model: &[u8]) -> &'static str {
    with_engine(model, |engine| match engine.model().tokenizer().end() {
        Some(_) => "See you ",
        None => "JULIET:\n",
    })
}

fn write(browser: &mut Browser, model: &[u8]) -> Result<Vec<Check>, BrowserError> {
    let prompt = prompt(model);
    browser.paste("prompt", prompt)?;
    browser.paste("seed", &SEED.to_string())?;
    browser.paste("tokens", &TOKENS.to_string())?;
    browser.value(&format!(
        "{{ const field = document.getElementById('temperature'); field.value = {TEMPERATURE}; field.dispatchEvent(new Event('input')); }}"
    ))?;
    // By keyboard: from the tab through all fields to the button.
    browser.value("document.getElementById('tab-write').focus()")?;
    let mut order = Vec::new();
    for _ in 0..5 {
        browser.press("Tab")?;
        let id = browser.value("document.activeElement.id")?;
        order.push(id.as_str().unwrap_or_default().to_owned());
    }
    let fields = "prompt temperature seed tokens generate";
    let keyboard = equal("Tab reaches every field", &order.join(" "), fields);
    browser.press("Enter")?;
    browser.wait("/ seconds\\./.test(document.getElementById('write-note').textContent)")?;
    let expected = with_engine(model, |engine| {
        let tokens = engine.model().tokenizer().encode(prompt);
        let tokens: Vec<u16> = tokens.flatten().collect();
        let sampling = Sampling {
            temperature: TEMPERATURE,
            ..Sampling::DEFAULT
        };
        let generate = Generate::new(engine, &tokens, sampling, SEED).expect("tokens of the model");
        generate.pieces().take(TOKENS).collect::<String>()
    });
    let written = equal(
        "text is Rust's",
        &browser.text("written")?,
        &format!("{prompt}{expected}"),
    );

    // A text that would take long is stopped by the same button.
    browser.paste("tokens", "5000")?;
    browser.value("document.getElementById('generate').focus()")?;
    browser.press("Enter")?;
    let begun = "document.getElementById('written').textContent.length > 20";
    let idle = "document.getElementById('generate').textContent === 'Generate'";
    browser.wait(&format!("{begun} || {idle}"))?;
    // A model of documents may have ended by itself.
    if browser.value(idle)? != json!(true) {
        browser.press("Enter")?;
    }
    browser.wait("document.getElementById('generate').textContent === 'Generate'")?;
    let length = browser.text("written")?.chars().count();
    let stopped = holds(
        "a long text stops",
        length < 4900,
        &format!("{length} characters"),
    );

    // What a model of characters cannot begin, or does not know, is a sentence.
    let mut told = true;
    for (hostile, sentence) in [("", "give a prompt first"), ("\u{4E2D}", "does not know")] {
        let refused = with_engine(model, |engine| {
            let tokenizer = engine.model().tokenizer();
            match hostile {
                "" => tokenizer.end().is_none(),
                _ => tokenizer.escape().is_none(),
            }
        });
        browser.paste("tokens", "5")?;
        browser.paste("prompt", hostile)?;
        browser.value("document.getElementById('write-form').requestSubmit()")?;
        browser.wait("document.getElementById('generate').textContent === 'Generate'")?;
        told &= browser.text("write-note")?.contains(sentence) == refused;
    }
    let note = browser.text("write-note")?;
    let refused = holds("a wrong prompt is a sentence", told, &note);
    Ok(vec![keyboard, written, stopped, refused])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn packet(model: &[u8], text: &str) -> Vec<u8> {
    with_engine(model, |engine| {
        let mut packet = vec![0; text.len() + 2];
        let length = compress_framed(engine, text.as_bytes(), &mut packet).expect("room enough");
        packet.truncate(length);
        packet
    })
}

fn compress(browser: &mut Browser, model: &[u8]) -> Result<Vec<Check>, BrowserError> {
    // By keyboard: from tab to tab with the arrow.
    browser.value("document.getElementById('tab-write').focus()")?;
    browser.press("ArrowRight")?;
    let shown = browser.value(
        "!document.getElementById('compress').hidden && document.getElementById('write').hidden",
    )?;
    let tabs = holds(
        "arrows change tabs",
        shown == json!(true),
        "the tab is not shown",
    );

    browser.paste("message", "")?;
    let (mut typed, mut bars) = (true, Vec::new());
    for end in ["Meet me", &MESSAGE.repeat(6), MESSAGE] {
        browser.paste("message", end)?;
        let wanted = packet(model, end);
        let arrived = browser.wait(&format!(
            "document.getElementById('packet').textContent === '{}'",
            hex(&wanted)
        ));
        typed &= arrived.is_ok();
        bars.push(equal(
            "bars",
            &bar_texts(browser)?,
            &bars_of(wanted.len()).join("; "),
        ));
    }
    let bars = bars.into_iter().max_by_key(|bar| bar.fault.is_some());
    let packets = holds("packets are Rust's", typed, &browser.text("packet")?);
    let length = packet(model, MESSAGE).len();
    let sizes = browser.text("sizes")?;
    let wanted = format!("{} bytes in a packet of {length}", MESSAGE.len());
    let counted = holds("sizes", sizes.starts_with(&wanted), &sizes);
    let tinted = browser.text("tinted")?;
    let coloured = equal("every character is tinted", &tinted, &format!("{MESSAGE}■"));
    let bits = browser.value(
        "[...document.querySelectorAll('#tinted span')].reduce((sum, span) => sum + parseFloat(span.title), 0)",
    )?;
    let parts = with_engine(model, |engine| codec::bits(engine, MESSAGE.as_bytes()));
    let wanted: f64 = parts.iter().map(|part| part.bits).sum();
    let found = bits.as_f64().unwrap_or(0.0);
    // A title is rounded to a tenth of a bit.
    let near = (found - wanted).abs() < 0.05 * parts.len() as f64 + 0.01;
    let add_up = holds("bits are Rust's", near, &format!("{found} for {wanted}"));
    let mut checks = vec![tabs, packets, counted, coloured, add_up];
    checks.extend(bars);
    Ok(checks)
}

/// What the bars say: bytes there are and taken, whether they are too many, words.
fn bar_texts(browser: &mut Browser) -> Result<String, BrowserError> {
    let texts = browser.value(
        "[...document.querySelectorAll('#bars .bar')].map(({ classList, children: [label, meter, left] }) =>
            [parseInt(label.textContent), meter.max, meter.value, classList.contains('over'), left.textContent].join(' ')).join('; ')",
    )?;
    Ok(texts.as_str().unwrap_or_default().to_owned())
}

/// What they must say of a packet of `length` bytes.
fn bars_of(length: usize) -> [String; 5] {
    ROOMS.map(|room| {
        let taken = length.min(room);
        match length.checked_sub(room) {
            None | Some(0) => format!("{room} {room} {taken} false {} left", room - length),
            Some(over) => format!("{room} {room} {taken} true {over} too long"),
        }
    })
}

/// What the clipboard holds behind each button.
fn copy(browser: &mut Browser, model: &[u8]) -> Result<Vec<Check>, BrowserError> {
    let packet = packet(model, MESSAGE);
    let mut checks = Vec::new();
    for (name, what) in [("hex is copied", "hex"), ("base91 is copied", "base91")] {
        browser.value(&format!("document.getElementById('copy-{what}').click()"))?;
        browser.wait("document.getElementById('copied').textContent !== ''")?;
        browser.wait(&format!(
            "document.getElementById('copied').textContent.includes('{what}')"
        ))?;
        let copied = browser.value("navigator.clipboard.readText()")?;
        let copied = copied.as_str().unwrap_or_default();
        let bytes = match what {
            "hex" => copied.to_owned(),
            _ => {
                let bytes = browser.value(&format!("toHex(fromBase91({}))", json!(copied)))?;
                bytes.as_str().unwrap_or_default().to_owned()
            }
        };
        checks.push(equal(name, &bytes, &hex(&packet)));
    }
    Ok(checks)
}

/// Work that takes long has a bar, which goes with it, also if the worker fails.
fn long(browser: &mut Browser) -> Result<Vec<Check>, BrowserError> {
    let seen = browser.value(
        "(async () => {
            const bar = document.getElementById('busy');
            let seen = false;
            new MutationObserver(() => { seen ||= !bar.hidden; }).observe(bar, { attributes: true });
            await client.call('measure', { text: '\u{1F600}'.repeat(500) });
            return [seen, bar.hidden];
        })()",
    )?;
    let bar = equal(
        "long work has a bar",
        &seen.to_string(),
        &json!([true, true]).to_string(),
    );
    let said = browser.value(
        "(async () => {
            const bar = document.getElementById('busy');
            const shown = new Promise((done) => {
                new MutationObserver(() => { if (!bar.hidden) done(); }).observe(bar, { attributes: true });
            });
            const work = client.call('measure', { text: '\u{1F600}'.repeat(500) }).catch((error) => error.message);
            await shown;
            keptWorker.dispatchEvent(new ErrorEvent('error', { message: 'no memory' }));
            const said = [await work, bar.hidden];
            // Behind the answer that nobody waits for.
            const next = await client.call('measure', { text: '' });
            return [...said, next.parts.length];
        })()",
    )?;
    let failed = equal(
        "a worker that fails leaves no bar",
        &said.to_string(),
        &json!(["no memory", true, 1]).to_string(),
    );
    Ok(vec![bar, failed])
}

/// A short packet has a code, a long one has none; the drawing is that of another program.
fn qr(browser: &mut Browser) -> Result<Vec<Check>, BrowserError> {
    let (text, rows) = QR.split_once('\n').unwrap_or_default();
    let drawn = browser.value(&format!(
        "qrModules({}).map((row) => row.map((dark) => dark ? '#' : '.').join('') + '\\n').join('')",
        json!(text)
    ))?;
    let drawn = equal("the QR code", drawn.as_str().unwrap_or_default(), rows);
    let shown =
        "!document.getElementById('qr').hidden && document.querySelector('#qr svg') !== null";
    let short = browser.value(shown)? == json!(true);
    browser.paste("message", &"\u{20AC}\u{1F600}\u{4E2D}".repeat(60))?;
    let gone = browser.wait("document.getElementById('qr').hidden").is_ok();
    let only = holds(
        "a QR code if it is small",
        short && gone,
        "shown or missing",
    );
    Ok(vec![drawn, only])
}

fn read(browser: &mut Browser, model: &[u8]) -> Result<Vec<Check>, BrowserError> {
    let packet = packet(model, MESSAGE);
    let mut checks = Vec::new();
    let base91 = browser.value(&format!("toBase91(fromHex('{}'))", hex(&packet)))?;
    let base91 = base91.as_str().unwrap_or_default().to_owned();
    let known = browser.value("toBase91(new TextEncoder().encode('Hello World!'))")?;
    checks.push(equal(
        "base91",
        known.as_str().unwrap_or_default(),
        ">OwJh>Io0Tv!8PE",
    ));
    for (name, pasted) in [("hex is read", hex(&packet)), ("base91 is read", base91)] {
        browser.paste("pasted", "")?;
        browser.wait("document.getElementById('read').textContent === ''")?;
        browser.paste("pasted", &pasted)?;
        browser.wait("document.getElementById('read').textContent !== ''")?;
        checks.push(equal(name, &browser.text("read")?, MESSAGE));
    }
    // A packet of another model is refused by the engine, in its words.
    let mut other = packet;
    other[0] ^= 1;
    let refused = with_engine(model, |engine| {
        decompress_framed(engine, &other, &mut [0; 400]).is_err()
    });
    browser.paste("pasted", &hex(&other))?;
    browser.wait("document.getElementById('read').className.includes('error')")?;
    let sentence = browser.text("read")?;
    let told = refused && sentence.contains("another model");
    checks.push(holds(
        "another model's packet is a sentence",
        told,
        &sentence,
    ));
    Ok(checks)
}

/// All pieces behind a text and their probabilities, the likeliest first.
fn likeliest(model: &[u8], text: &str) -> Vec<(String, f64)> {
    with_engine(model, |engine| {
        let tokenizer = engine.model().tokenizer();
        let begin = tokenizer.end().into_iter();
        let tokens: Vec<u16> = begin.chain(tokenizer.encode(text).flatten()).collect();
        let logits = engine.prefill(&tokens).expect("tokens of the model");
        let weights = logits.iter().map(|&logit| (f64::from(logit) / 16.0).exp2());
        let total: f64 = weights.clone().sum();
        let mut pieces: Vec<(u16, f64)> = (0..).zip(weights.map(|weight| weight / total)).collect();
        pieces.retain(|&(token, _)| tokenizer.escape() != Some(token));
        // Stable: equal ones stay in the order of their numbers.
        pieces.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let text = |(token, share)| {
            (
                tokenizer.decode(token).unwrap_or_default().to_owned(),
                share,
            )
        };
        pieces.into_iter().map(text).collect()
    })
}

fn look(browser: &mut Browser, model: &[u8]) -> Result<Vec<Check>, BrowserError> {
    browser.value("document.getElementById('tab-look').click()")?;
    browser.wait("document.querySelectorAll('#expected button').length > 3")?;
    let found = browser.value(&format!(
        "client.call('expect', {{ text: {}, count: 12 }})",
        json!(prompt(model))
    ))?;
    let found = found.as_array().cloned().unwrap_or_default();
    let wanted = likeliest(model, prompt(model));
    let same = found.len() == wanted.len().min(12)
        && found.iter().zip(&wanted).all(|(found, (text, share))| {
            let off = found["share"].as_f64().unwrap_or(0.0) - share;
            found["text"] == json!(text) && off.abs() < 1e-3
        });
    let shares = holds(
        "shares are Rust's",
        same,
        &format!("{found:?} for {wanted:?}"),
    );

    let table = boards(browser, "boards of the page's model", model)?;

    let before = browser.text("expected")?;
    browser.value("document.querySelector('#expected button:not(:disabled)').click()")?;
    browser.wait(&format!(
        "document.getElementById('expected').textContent !== {}",
        json!(before)
    ))?;

    let document = browser.command("DOM.getDocument", json!({}))?;
    let field = json!({ "nodeId": document["root"]["nodeId"], "selector": "#file" });
    let field = browser.command("DOM.querySelector", field)?;
    let choose = |browser: &mut Browser, path: &Path| {
        let files = json!({ "nodeId": field["nodeId"], "files": [path] });
        browser.value("document.getElementById('file-note').textContent = ''")?;
        browser.command("DOM.setFileInputFiles", files)?;
        browser.wait("document.getElementById('file-note').textContent !== ''")?;
        browser.text("file-note")
    };
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let sentence = choose(browser, &manifest)?;
    let told = sentence.contains("no model file");
    let hostile = holds("a file that is no model is a sentence", told, &sentence);
    let own = drop_file(browser, &root().join("firmware-examples/models/base.aut"))?;
    let other_table = boards(browser, "boards of a file of one's own", &own)?;
    let self_test = browser.text("self-test")?;
    let opened = holds(
        "a file of one's own runs",
        self_test.contains(": 0 of"),
        &self_test,
    );
    Ok(vec![shares, table, hostile, opened, other_table])
}

/// Drops a model file on the page, waits until it is in use, and returns its bytes.
fn drop_file(browser: &mut Browser, path: &Path) -> Result<Vec<u8>, BrowserError> {
    let path: PathBuf = fs::canonicalize(path).unwrap_or_default();
    for kind in ["dragEnter", "dragOver", "drop"] {
        let data = json!({ "items": [], "files": [path], "dragOperationsMask": 1 });
        browser.command(
            "Input.dispatchDragEvent",
            json!({ "type": kind, "x": 100, "y": 100, "data": data }),
        )?;
    }
    let file = fs::read(path).unwrap_or_default();
    browser.wait(&format!(
        "document.querySelector('#facts td').textContent === '{} bytes'",
        thousands(file.len() as u64)
    ))?;
    Ok(file)
}

/// The table of boards, every row, as Rust decides it.
fn boards(browser: &mut Browser, name: &'static str, file: &[u8]) -> Result<Check, BrowserError> {
    let rows = browser.value(
        "[...document.querySelectorAll('#boards tbody tr')].map((row) =>
            [...row.cells].map((cell) => cell.textContent).join(', ') + (row.className === 'fits' ? '' : '!')).join('; ')",
    )?;
    let Ok(model) = Model::parse(file) else {
        return Ok(holds(name, false, "no model file"));
    };
    let wanted = BOARDS.map(|board| {
        let lacks = |need: usize, have: usize| thousands((need - have) as u64);
        let answer = match board.fit(model.dims(), file.len()) {
            Fit::Fits { .. } => "fits".to_owned(),
            Fit::Flash { need, have } => format!("lacks {} bytes of flash!", lacks(need, have)),
            Fit::Ram { need, have, .. } => format!("lacks {} bytes of RAM!", lacks(need, have)),
        };
        let (flash, ram) = (board.flash / 1024, board.ram / 1024);
        format!("{}, {flash} KB, {ram} KB, {answer}", board.name)
    });
    let rows = rows.as_str().unwrap_or_default();
    Ok(equal(name, rows, &wanted.join("; ")))
}

/// The frozen packets that are text, with their model dropped on the page: made of the text, and read when pasted.
fn golden(browser: &mut Browser) -> Result<Vec<Check>, BrowserError> {
    drop_file(browser, &root().join("tests/golden").join(GOLDEN_MODEL))?;
    browser.value("document.getElementById('tab-compress').click()")?;
    let (mut made, mut read) = (Vec::new(), Vec::new());
    let mut tried = 0;
    for line in GOLDEN.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [GOLDEN_MODEL, _, text, _, framed] = fields[..] else {
            continue;
        };
        let Some(text) = unhex(text).and_then(|text| String::from_utf8(text).ok()) else {
            continue;
        };
        tried += 1;
        let packet = browser.value(&format!(
            "client.call('measure', {{ text: {} }}).then(({{ packet }}) => toHex(packet))",
            json!(text)
        ))?;
        if packet != json!(framed) {
            made.push(format!("{packet} instead of {framed}"));
        }
        browser.paste("pasted", "")?;
        browser.wait("document.getElementById('read').textContent === ''")?;
        // Nothing is what an empty field shows, too.
        if !text.is_empty() {
            browser.paste("pasted", framed)?;
            browser.wait("document.getElementById('read').textContent !== ''")?;
        }
        let shown = browser.text("read")?;
        if shown != text {
            read.push(format!("{shown:?} instead of {text:?}"));
        }
    }
    if tried < 10 {
        made.push(format!("{tried} packets alone"));
    }
    Ok(vec![
        holds("golden packets are made", made.is_empty(), &made.join(", ")),
        holds("golden packets are read", read.is_empty(), &read.join(", ")),
    ])
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect()
}

/// On a phone nothing is wider than the screen, and everything that is used has a name.
fn narrow(browser: &mut Browser) -> Result<Vec<Check>, BrowserError> {
    browser.size(360, 740, true)?;
    let mut widest = 0;
    for tab in ["write", "compress", "look"] {
        browser.value(&format!("document.getElementById('tab-{tab}').click()"))?;
        let width = browser.value("document.documentElement.scrollWidth")?;
        widest = widest.max(width.as_u64().unwrap_or(u64::MAX));
    }
    let fits = holds(
        "fits a phone",
        widest <= 360,
        &format!("{widest} points wide"),
    );
    let mut nameless = Vec::new();
    let tree = browser.command("Accessibility.getFullAXTree", json!({}))?;
    for node in tree["nodes"].as_array().into_iter().flatten() {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        let used = [
            "button",
            "textbox",
            "spinbutton",
            "slider",
            "tab",
            "meter",
            "tabpanel",
        ];
        let name = node["name"]["value"].as_str().unwrap_or_default();
        if used.contains(&role) && name.is_empty() && node["ignored"] != json!(true) {
            nameless.push(role.to_owned());
        }
    }
    let named = holds(
        "a screen reader has names",
        nameless.is_empty(),
        &nameless.join(", "),
    );
    Ok(vec![fits, named])
}
