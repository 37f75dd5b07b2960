//! The page of `docs/demo`: joined into one file, served, and tried in a browser.
//!
//! | module | subject |
//! |---|---|
//! | [`page`] | the engine as WebAssembly, a model and the sources in one HTML file |
//! | [`serve`] | the page over HTTP, for this machine |
//! | [`browser`] | a headless Chromium, driven by its DevTools protocol |
//! | [`pictures`] | what the page looks like |
//! | [`check`] | what a visitor does, and what must come of it |

pub mod browser;
pub mod check;
pub mod page;
pub mod pictures;
pub mod serve;
