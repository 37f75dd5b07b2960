//! What the page looks like.

use super::browser::{Browser, BrowserError};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use std::path::Path;

/// Pictures of the page, as PNG: each tab in light and dark on a desk, and on a phone.
///
/// # Errors
/// [`BrowserError`].
pub fn take(browser: &mut Browser, page: &Path) -> Result<Vec<(String, Vec<u8>)>, BrowserError> {
    let mut pictures = Vec::new();
    browser.command(
        "Page.navigate",
        json!({ "url": format!("file://{}", page.display()) }),
    )?;
    browser.wait("document.documentElement?.dataset.ready === 'true'")?;
    browser.value("document.getElementById('write-form').requestSubmit()")?;
    browser.wait("/ seconds\\./.test(document.getElementById('write-note').textContent)")?;
    browser.wait("document.querySelectorAll('#tinted span').length > 3")?;
    for (device, width, height) in [("desk", 820, 900), ("phone", 360, 740)] {
        browser.size(width, height, device == "phone")?;
        for scheme in ["light", "dark"] {
            let media =
                json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            browser.command("Emulation.setEmulatedMedia", media)?;
            for tab in ["write", "compress", "look"] {
                browser.value(&format!(
                    "document.getElementById('tab-{tab}').click(); scrollTo(0, 0)"
                ))?;
                let picture = BASE64_STANDARD.decode(browser.screenshot()?);
                pictures.push((
                    format!("{device}-{scheme}-{tab}.png"),
                    picture.unwrap_or_default(),
                ));
            }
        }
    }
    Ok(pictures)
}
