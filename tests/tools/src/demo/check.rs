//! What a visitor does on the page, and what must come of it: texts and packets are those of Rust, bit for bit.

mod compress;
mod look;
mod narrow;
mod read;
mod simd;
mod worker;
mod write;

use super::browser::{Browser, BrowserError};
use crate::markdown::thousands;
use runtime::codec::compress_framed;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use tests::with_engine;

/// A message with what no model here knows.
const MESSAGE: &str = "Meet me at the old bridge, Zoë \u{1F600} 10:45";

/// Keeps the page's worker where a check finds it.
const KEEP_WORKER: &str = "window.Worker = class extends Worker {
    constructor(...source) { super(...source); window.keptWorker = this; }
};";

/// One thing that must hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// What is there instead, where it does not hold.
    pub fault: Option<String>,
    /// What was measured beside it, in words.
    pub figure: Option<String>,
}

fn equal(name: &'static str, got: &str, wanted: &str) -> Check {
    let fault = (got != wanted).then(|| format!("{got:?} instead of {wanted:?}"));
    Check {
        name,
        fault,
        figure: None,
    }
}

fn holds(name: &'static str, holds: bool, found: &str) -> Check {
    let fault = (!holds).then(|| found.to_owned());
    Check {
        name,
        fault,
        figure: None,
    }
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
    open(browser, page)?;
    let mut checks = vec![self_test(browser, model)?];
    checks.extend(write::write(browser, model)?);
    checks.extend(compress::compress(browser, model)?);
    checks.extend(compress::copy(browser, model)?);
    checks.extend(compress::qr(browser)?);
    checks.extend(read::read(browser, model)?);
    checks.extend(worker::long(browser)?);
    checks.extend(look::look(browser, model)?);
    checks.extend(read::golden(browser)?);
    checks.extend(narrow::narrow(browser)?);
    checks.extend(simd::without(browser, page, model)?);
    let complaints = browser.complaints.join("\n");
    checks.push(holds(
        "no requests and no errors",
        complaints.is_empty(),
        &complaints,
    ));
    Ok(checks)
}

/// Loads the page and waits until it is ready or says why not.
fn open(browser: &mut Browser, page: &Path) -> Result<(), BrowserError> {
    browser.command(
        "Page.navigate",
        json!({ "url": format!("file://{}", page.display()) }),
    )?;
    browser.wait("document.documentElement?.dataset.ready === 'true' || document.getElementById('self-test')?.className === 'error'")
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
