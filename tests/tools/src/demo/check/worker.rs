//! The engine off the main thread: the bar of long work.

use super::{Check, equal};
use crate::demo::browser::{Browser, BrowserError};
use serde_json::json;

/// Work begins when the bar is there: however fast the engine is, it takes long enough for one.
const SLOW: &str = "const bar = document.getElementById('busy');
    const shown = new Promise((done) => {
        new MutationObserver(() => { if (!bar.hidden) done(true); }).observe(bar, { attributes: true });
        setTimeout(() => done(false), 60_000);
    });
    const post = keptWorker.postMessage.bind(keptWorker);
    keptWorker.postMessage = (message) => shown.then(() => post(message));
    const work = client.call('measure', { text: '\u{1F600}' });
    delete keptWorker.postMessage;";

/// Work that takes long has a bar, which goes with it, also if the worker fails.
pub(super) fn long(browser: &mut Browser) -> Result<Vec<Check>, BrowserError> {
    let seen = browser.value(&format!(
        "(async () => {{
            {SLOW}
            const seen = await shown;
            await work;
            return [seen, bar.hidden];
        }})()"
    ))?;
    let bar = equal(
        "long work has a bar",
        &seen.to_string(),
        &json!([true, true]).to_string(),
    );
    let said = browser.value(&format!(
        "(async () => {{
            {SLOW}
            const failed = work.catch((error) => error.message);
            await shown;
            keptWorker.dispatchEvent(new ErrorEvent('error', {{ message: 'no memory' }}));
            const said = [await failed, bar.hidden];
            // Behind the answer that nobody waits for.
            const next = await client.call('measure', {{ text: '' }});
            return [...said, next.parts.length];
        }})()"
    ))?;
    let failed = equal(
        "a worker that fails leaves no bar",
        &said.to_string(),
        &json!(["no memory", true, 1]).to_string(),
    );
    Ok(vec![bar, failed])
}
