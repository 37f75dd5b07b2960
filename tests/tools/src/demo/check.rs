//! What a visitor does on the page, and what must come of it: texts and packets are those of Rust, bit for bit.

use super::browser::{Browser, BrowserError};
use runtime::codec::{self, compress_framed, decompress_framed};
use runtime::{Generate, Sampling};
use serde_json::json;
use std::path::Path;
use tests::with_engine;

/// A message with what no model here knows.
const MESSAGE: &str = "Meet me at the old bridge, Zoë \u{1F600} 10:45";
/// Settings that are not the page's own.
const SEED: u64 = 12_345_678_901;
const TEMPERATURE: u16 = 65;
const TOKENS: usize = 90;

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

/// Opens `page` and does all of it; `model` is the page's, `own` another one, which is dropped on it.
///
/// # Errors
/// [`BrowserError`] where the browser fails, not the page.
pub fn run(
    browser: &mut Browser,
    page: &Path,
    model: &[u8],
    own: &Path,
) -> Result<Vec<Check>, BrowserError> {
    browser.command(
        "Page.navigate",
        json!({ "url": format!("file://{}", page.display()) }),
    )?;
    browser.wait("document.documentElement?.dataset.ready === 'true' || document.getElementById('self-test')?.className === 'error'")?;
    let mut checks = vec![self_test(browser, model)?];
    checks.extend(write(browser, model)?);
    checks.extend(compress(browser, model)?);
    checks.extend(qr(browser)?);
    checks.extend(read(browser, model)?);
    checks.extend(look(browser, model, own)?);
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
    let grouped = crate::markdown::thousands(logits.into());
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
    let mut typed = true;
    for end in ["Meet me", MESSAGE] {
        browser.paste("message", end)?;
        let wanted = hex(&packet(model, end));
        let arrived = browser.wait(&format!(
            "document.getElementById('packet').textContent === '{wanted}'"
        ));
        typed &= arrived.is_ok();
    }
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
    Ok(vec![tabs, packets, counted, coloured, add_up])
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

fn look(browser: &mut Browser, model: &[u8], own: &Path) -> Result<Vec<Check>, BrowserError> {
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
    let drop = |kind: &str| {
        let data = json!({ "items": [], "files": [own], "dragOperationsMask": 1 });
        json!({ "type": kind, "x": 100, "y": 100, "data": data })
    };
    for kind in ["dragEnter", "dragOver", "drop"] {
        browser.command("Input.dispatchDragEvent", drop(kind))?;
    }
    let bytes = std::fs::metadata(own).map_or(0, |data| data.len());
    let wanted = crate::markdown::thousands(bytes);
    browser.wait(&format!(
        "document.getElementById('model-bytes').textContent === '{wanted}'"
    ))?;
    browser.wait("document.querySelectorAll('#boards tbody tr').length === 13")?;
    let self_test = browser.text("self-test")?;
    let opened = holds(
        "a file of one's own runs",
        self_test.contains(": 0 of"),
        &self_test,
    );
    Ok(vec![shares, hostile, opened])
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
