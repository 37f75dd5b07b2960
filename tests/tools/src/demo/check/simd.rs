//! The page in a browser without SIMD: another build of the engine, with the same packets.

use super::{Check, MESSAGE, equal, hex, holds, open, packet, self_test};
use crate::demo::browser::{Browser, BrowserError};
use serde_json::json;
use std::path::Path;

/// What asks whether the browser has SIMD is told that it has not.
const WITHOUT: &str = "WebAssembly.validate = () => false;";
/// What the page says of itself.
const COMPUTED_WITH: &str =
    "[...document.querySelectorAll('#facts tr')].pop().lastChild.textContent";

/// Loads `page` anew, and once more without SIMD.
pub(super) fn without(
    browser: &mut Browser,
    page: &Path,
    model: &[u8],
) -> Result<Vec<Check>, BrowserError> {
    open(browser, page)?;
    let with = measure(browser)?;
    browser.command(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": WITHOUT }),
    )?;
    open(browser, page)?;
    let without = measure(browser)?;
    let self_test = Check {
        name: "self-test without SIMD",
        ..self_test(browser, model)?
    };
    let told = with.computed_with.starts_with("SIMD") && without.computed_with.starts_with("plain");
    let told = holds(
        "the page says what it computes with",
        told,
        &format!("{} and {}", with.computed_with, without.computed_with),
    );
    let wanted = hex(&packet(model, &MESSAGE.repeat(6)));
    let mut same = equal(
        "packets with and without SIMD are Rust's",
        &format!("{} {}", with.packet, without.packet),
        &format!("{wanted} {wanted}"),
    );
    same.figure = Some(format!(
        "{:.0} ms with, {:.0} ms without",
        with.milliseconds, without.milliseconds
    ));
    Ok(vec![self_test, told, same])
}

/// What the page computes with, a packet of a long message and the least time of five that it took.
struct Measured {
    computed_with: String,
    packet: String,
    milliseconds: f64,
}

fn measure(browser: &mut Browser) -> Result<Measured, BrowserError> {
    let measured = browser.value(&format!(
        "(async () => {{
            let packet, least = Infinity;
            for (let turn = 0; turn < 5; turn++) {{
                const began = performance.now();
                ({{ packet }} = await client.call('measure', {{ text: {} }}));
                least = Math.min(least, performance.now() - began);
            }}
            return [{COMPUTED_WITH}, toHex(packet), least];
        }})()",
        json!(MESSAGE.repeat(6))
    ))?;
    let text = |at: usize| measured[at].as_str().unwrap_or_default().to_owned();
    Ok(Measured {
        computed_with: text(0),
        packet: text(1),
        milliseconds: measured[2].as_f64().unwrap_or(f64::NAN),
    })
}
