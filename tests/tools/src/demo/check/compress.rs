//! The tab that compresses a message: packet, bars, tints, code and clipboard.

use super::{Check, MESSAGE, equal, hex, holds, packet};
use crate::demo::browser::{Browser, BrowserError};
use runtime::codec;
use serde_json::json;
use tests::with_engine;

/// Bytes of packets that people must fit: Meshtastic, SMS and MeshCore, SMS data and Iridium, APRS, satellite units.
const ROOMS: [usize; 5] = [233, 160, 140, 67, 50];
/// A text and its QR code of version 7 by the Python package `qrcode` 8.2, mask 0.
const QR: &str = include_str!("../qr.txt");

pub(super) fn compress(browser: &mut Browser, model: &[u8]) -> Result<Vec<Check>, BrowserError> {
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
pub(super) fn copy(browser: &mut Browser, model: &[u8]) -> Result<Vec<Check>, BrowserError> {
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

/// A short packet has a code, a long one has none; the drawing is that of another program.
pub(super) fn qr(browser: &mut Browser) -> Result<Vec<Check>, BrowserError> {
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
