//! A phone and a screen reader.

use super::{Check, holds};
use crate::demo::browser::{Browser, BrowserError};
use serde_json::json;

/// On a phone nothing is wider than the screen, and everything that is used has a name.
pub(super) fn narrow(browser: &mut Browser) -> Result<Vec<Check>, BrowserError> {
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
