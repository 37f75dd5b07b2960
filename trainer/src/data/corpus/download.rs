//! Tiny Shakespeare from the network, bounded in time and size and held against its SHA-256.

use std::ffi::OsStr;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{TlsConfig, TlsProvider};

use super::{hex, sha256};

/// Who speaks TLS: a Mac has it, elsewhere it comes with the program.
const PROVIDER: TlsProvider = if cfg!(target_os = "macos") {
    TlsProvider::NativeTls
} else {
    TlsProvider::Rustls
};

/// A text on the network. Tests name another one.
pub(super) struct Remote<'a> {
    pub(super) url: &'a str,
    /// What the text must have.
    pub(super) sha256: [u8; 32],
    /// The most bytes that are accepted.
    pub(super) max_bytes: u64,
    /// The longest wait for a name and for a connection, each.
    pub(super) connect: Duration,
    /// The longest wait for everything.
    pub(super) total: Duration,
    /// Whether to insist on TLS, after redirections too, and to use a proxy that the environment names. Only the
    /// servers of the tests, on this machine, do without.
    pub(super) public: bool,
}

/// 1,115,394 bytes of Shakespeare's plays, which Andrej Karpathy put together for char-rnn.
pub(super) const TINY_SHAKESPEARE: Remote<'static> = Remote {
    url: "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
    sha256: [
        0x86, 0xc4, 0xe6, 0xaa, 0x9d, 0xb7, 0xc0, 0x42, 0xec, 0x79, 0xf3, 0x39, 0xdc, 0xb9, 0x6d,
        0x42, 0xb0, 0x07, 0x5e, 0x16, 0xb8, 0xfc, 0x2e, 0x86, 0xbf, 0x0c, 0xa5, 0x7e, 0x2d, 0xc5,
        0x65, 0xed,
    ],
    max_bytes: 2 << 20,
    connect: Duration::from_secs(5),
    total: Duration::from_secs(30),
    public: true,
};

/// Why a download gave no text. Each reads as the end of a sentence.
#[derive(Debug, thiserror::Error)]
pub(super) enum DownloadError {
    #[error("{url} cannot be reached ({source})")]
    Unreachable {
        url: String,
        source: Box<ureq::Error>,
    },
    #[error("{url} sends more than {limit} bytes")]
    TooLarge { url: String, limit: u64 },
    #[error(
        "{url} has another text than expected (SHA-256 {found}, expected {expected}); is a proxy in between?"
    )]
    OtherText {
        url: String,
        found: String,
        expected: String,
    },
}

/// Whether `AUTARKY_OFFLINE` keeps this program off the network: anything but `0`, `false`, `no`, `off` or nothing does.
pub fn offline() -> bool {
    is_on(std::env::var_os("AUTARKY_OFFLINE").as_deref())
}

fn is_on(value: Option<&OsStr>) -> bool {
    value.is_some_and(|value| {
        let value = value.to_string_lossy().trim().to_ascii_lowercase();
        !["", "0", "false", "no", "off"].contains(&value.as_str())
    })
}

/// Fetches the text.
///
/// # Errors
///
/// Whatever [`DownloadError`] says: no answer in time, too long an answer, or the wrong one.
pub(super) fn fetch(remote: &Remote<'_>) -> Result<String, DownloadError> {
    let url = || remote.url.to_owned();
    let config = Agent::config_builder()
        .tls_config(TlsConfig::builder().provider(PROVIDER).build())
        .https_only(remote.public)
        .timeout_resolve(Some(remote.connect))
        .timeout_connect(Some(remote.connect))
        .timeout_global(Some(remote.total));
    let config = if remote.public {
        config
    } else {
        config.proxy(None)
    };
    let answer = Agent::new_with_config(config.build())
        .get(remote.url)
        .call()
        .and_then(|mut answer| {
            answer
                .body_mut()
                .with_config()
                .limit(remote.max_bytes)
                .read_to_vec()
        });
    let bytes = answer.map_err(|error| match error {
        ureq::Error::BodyExceedsLimit(limit) => DownloadError::TooLarge { url: url(), limit },
        error => DownloadError::Unreachable {
            url: url(),
            source: Box::new(error),
        },
    })?;
    let found = sha256(&bytes);
    match String::from_utf8(bytes) {
        Ok(text) if found == remote.sha256 => Ok(text),
        _ => Err(DownloadError::OtherText {
            url: url(),
            found: hex(&found),
            expected: hex(&remote.sha256),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expected_hash_is_that_of_tiny_shakespeare() {
        assert_eq!(
            hex(&TINY_SHAKESPEARE.sha256),
            "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
        );
    }

    #[test]
    fn offline_can_be_said_and_unsaid() {
        for value in ["", "0", "false", "no", "FALSE", " off "] {
            assert!(!is_on(Some(value.as_ref())), "{value:?}");
        }
        for value in ["1", "true", "yes", "anything"] {
            assert!(is_on(Some(value.as_ref())), "{value:?}");
        }
        assert!(!is_on(None));
    }

    #[test]
    fn a_public_download_insists_on_tls() {
        let error = fetch(&Remote {
            url: "http://127.0.0.1:9/",
            ..TINY_SHAKESPEARE
        })
        .unwrap_err();
        assert!(error.to_string().contains("https only"), "{error}");
    }
}
