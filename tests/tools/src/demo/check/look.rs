//! The tab that shows what the model expects, what it is and where it fits.

use super::{Check, drop_file, equal, holds, prompt};
use crate::demo::browser::{Browser, BrowserError};
use crate::demo::page::root;
use crate::markdown::thousands;
use formats::Model;
use formats::boards::BOARDS;
use formats::fit::Fit;
use serde_json::json;
use std::path::Path;
use tests::with_engine;

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

pub(super) fn look(browser: &mut Browser, model: &[u8]) -> Result<Vec<Check>, BrowserError> {
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
