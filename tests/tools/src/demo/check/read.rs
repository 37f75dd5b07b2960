//! Packets that are pasted: the page's own, those of another model, and the frozen ones.

use super::{Check, MESSAGE, drop_file, equal, hex, holds, packet};
use crate::demo::browser::{Browser, BrowserError};
use crate::demo::page::root;
use runtime::codec::decompress_framed;
use serde_json::json;
use tests::with_engine;

/// Frozen packets: a model file, its id, a text, its packet, its framed packet; bytes as hex.
const GOLDEN: &str = include_str!("../../../../golden/messages-1.tsv");
/// The model file of those that the page is tried with.
const GOLDEN_MODEL: &str = "format-2.aut";

pub(super) fn read(browser: &mut Browser, model: &[u8]) -> Result<Vec<Check>, BrowserError> {
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

/// The frozen packets that are text, with their model dropped on the page: made of the text, and read when pasted.
pub(super) fn golden(browser: &mut Browser) -> Result<Vec<Check>, BrowserError> {
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
