//! A headless Chromium, driven by its DevTools protocol over a pair of pipes: messages of JSON that end with a zero.

use serde_json::{Value, json};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Debian's package and those of the letters that a page shows.
pub const DEBIAN_PACKAGES: &[&str] = &["chromium", "fonts-dejavu-core"];
/// What the program is called by distributions.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/// How long an answer may take: the machine may be busy with other things.
const PATIENCE: Duration = Duration::from_secs(300);

/// Why the browser does not do what it is told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrowserError {
    /// It does not start, or is gone.
    #[error("Chromium is gone: {0}")]
    Gone(io::Error),
    /// It does not answer.
    #[error("Chromium did not answer within five minutes: {0}")]
    Silent(String),
    /// It refuses a command, or a script of a check throws.
    #[error("Chromium refuses {0}")]
    Refused(String),
}

/// A page in a browser, which ends with this.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    last: u64,
    session: Option<String>,
    /// What the page asked of the network, and what its scripts complained of.
    pub complaints: Vec<String>,
}

/// A Chromium of this machine.
pub fn find() -> Option<&'static str> {
    NAMES.into_iter().find(|name| {
        let found = Command::new(name).arg("--version").output();
        found.is_ok_and(|output| output.status.success())
    })
}

impl Browser {
    /// Starts `program` with a profile in `folder` and opens an empty page.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub fn start(program: &str, folder: &Path) -> Result<Self, BrowserError> {
        // Chromium reads commands from its file 3 and writes to its file 4: its standard ones, renamed.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null"])
            .arg(program)
            .args([
                "--headless",
                "--remote-debugging-pipe",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--hide-scrollbars",
                "about:blank",
            ])
            .arg(format!("--user-data-dir={}", folder.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(BrowserError::Gone)?;
        let gone = || BrowserError::Gone(io::ErrorKind::BrokenPipe.into());
        let commands = child.stdin.take().ok_or_else(gone)?;
        let mut output = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        let (send, messages) = mpsc::channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while output
                .read_until(0, &mut message)
                .is_ok_and(|length| length != 0)
            {
                message.pop_if(|last| *last == 0);
                let Ok(value) = serde_json::from_slice(&message) else {
                    break;
                };
                if send.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser = Self {
            child,
            commands,
            messages,
            last: 0,
            session: None,
            complaints: Vec::new(),
        };
        let target = browser.command("Target.createTarget", json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.command("Target.attachToTarget", attach)?;
        browser.session = session["sessionId"].as_str().map(String::from);
        for domain in ["Page", "Runtime", "Network", "Log", "DOM", "Accessibility"] {
            browser.command(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(browser)
    }

    /// Gives a command and waits for its result.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub fn command(&mut self, method: &str, params: Value) -> Result<Value, BrowserError> {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": &params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.commands
            .write_all(&bytes)
            .map_err(BrowserError::Gone)?;
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let answer = match self.messages.recv_timeout(left) {
                Ok(answer) => answer,
                Err(RecvTimeoutError::Timeout) => {
                    let asked = params["expression"].as_str().unwrap_or(method);
                    return Err(BrowserError::Silent(asked.to_owned()));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(BrowserError::Gone(io::ErrorKind::BrokenPipe.into()));
                }
            };
            if answer["id"] != json!(self.last) {
                self.note(&answer);
                continue;
            }
            return match &answer["error"] {
                Value::Null => Ok(answer["result"].clone()),
                error => Err(BrowserError::Refused(format!(
                    "{method}: {}",
                    error["message"]
                ))),
            };
        }
    }

    /// Keeps what no visitor should cause.
    fn note(&mut self, event: &Value) {
        let params = &event["params"];
        let complaint = match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => &params["exceptionDetails"],
            Some("Log.entryAdded") => &params["entry"]["text"],
            Some("Network.requestWillBeSent") => &params["request"]["url"],
            _ => return,
        };
        let own = ["file:", "blob:", "data:", "about:"];
        let text = complaint
            .as_str()
            .map_or_else(|| complaint.to_string(), String::from);
        if !own.iter().any(|scheme| text.starts_with(scheme)) {
            self.complaints.push(text);
        }
    }

    /// The value of a script's expression, which may be a promise.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub fn value(&mut self, expression: &str) -> Result<Value, BrowserError> {
        let params =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.command("Runtime.evaluate", params)?;
        match &answer["exceptionDetails"] {
            Value::Null => Ok(answer["result"]["value"].clone()),
            error => Err(BrowserError::Refused(format!("{expression}: {error}"))),
        }
    }

    /// Waits until an expression holds.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub fn wait(&mut self, expression: &str) -> Result<(), BrowserError> {
        let end = Instant::now() + PATIENCE;
        while self.value(expression)? != json!(true) {
            if Instant::now() > end {
                return Err(BrowserError::Silent(expression.to_owned()));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The text of an element.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub fn text(&mut self, id: &str) -> Result<String, BrowserError> {
        let value = self.value(&format!("document.getElementById('{id}').textContent"))?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Presses a key: Tab, Enter, Space, an arrow.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub fn press(&mut self, key: &str) -> Result<(), BrowserError> {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "ArrowRight" => (39, ""),
            "ArrowLeft" => (37, ""),
            _ => (32, " "),
        };
        for kind in ["keyDown", "keyUp"] {
            let mut event =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.command("Input.dispatchKeyEvent", event)?;
        }
        Ok(())
    }

    /// Replaces what a field holds, as a paste does.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub fn paste(&mut self, id: &str, text: &str) -> Result<(), BrowserError> {
        self.value(&format!(
            "{{ const field = document.getElementById('{id}'); field.focus(); field.select(); }}"
        ))?;
        if text.is_empty() {
            self.value("document.execCommand('delete')")?;
            return Ok(());
        }
        self.command("Input.insertText", json!({ "text": text }))?;
        Ok(())
    }

    /// Sets the size of the page, in points.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub fn size(&mut self, width: u32, height: u32, mobile: bool) -> Result<(), BrowserError> {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.command("Emulation.setDeviceMetricsOverride", size)?;
        Ok(())
    }

    /// A picture of what is seen, as PNG in base64.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub fn screenshot(&mut self) -> Result<String, BrowserError> {
        let picture = self.command("Page.captureScreenshot", json!({ "format": "png" }))?;
        Ok(picture["data"].as_str().unwrap_or_default().to_owned())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its own processes end with it; one that is gone already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
