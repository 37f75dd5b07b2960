//! The tab that generates text.

use super::{Check, equal, holds, prompt};
use crate::demo::browser::{Browser, BrowserError};
use runtime::{Generate, Sampling};
use serde_json::json;
use tests::with_engine;

/// Settings that are not the page's own.
const SEED: u64 = 12_345_678_901;
const TEMPERATURE: u16 = 65;
const TOKENS: usize = 90;

pub(super) fn write(browser: &mut Browser, model: &[u8]) -> Result<Vec<Check>, BrowserError> {
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
