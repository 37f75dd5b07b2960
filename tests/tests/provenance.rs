//! Which trainer made a model: its version names the commit that it was built from, and tells when that is not all.

mod program;

use program::Home;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What the build script of a copy of the sources gives as the version.
struct Sources {
    folder: TempDir,
    script: TempDir,
}

impl Sources {
    fn new() -> Self {
        let script = tempfile::tempdir().unwrap();
        let built = Command::new("rustc")
            .args(["--edition=2024", "-o"])
            .arg(script.path().join("script"))
            .arg(Path::new(CHECKOUT).join("trainer/build.rs"))
            .status();
        assert!(built.unwrap().success());
        let folder = tempfile::tempdir().unwrap();
        let sources = Self { folder, script };
        for file in [
            "trainer/lib.rs",
            "runtime/lib.rs",
            "formats/lib.rs",
            "README.md",
        ] {
            fs::create_dir_all(sources.path(file).parent().unwrap()).unwrap();
            sources.write(file, "as committed");
        }
        sources
    }

    fn path(&self, file: &str) -> std::path::PathBuf {
        self.folder.path().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
    }

    fn git(&self, args: &[&str]) -> String {
        let name = ["-c", "user.name=A", "-c", "user.email=a@b"];
        let output = Command::new("git")
            .args(name)
            .args(args)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self) -> String {
        self.git(&["add", "."]);
        self.git(&["commit", "-qm", "all"]);
        self.git(&["rev-parse", "--short=12", "HEAD"])
    }

    /// The version, and how many files of git run the script again.
    fn version(&self, package: &str) -> (String, usize) {
        let output = Command::new(self.script.path().join("script"))
            .env("CARGO_PKG_VERSION", "1.2.3")
            .current_dir(self.path(package))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let value = |key| text.lines().filter_map(move |line| line.strip_prefix(key));
        let version = value("cargo::rustc-env=AUTARKY_VERSION=").next().unwrap();
        let watched = value("cargo::rerun-if-changed=").filter(|path| path.contains(".git"));
        (version.to_owned(), watched.count())
    }
}

#[test]
fn a_version_names_the_commit_and_whether_the_sources_differ_from_it() {
    let sources = Sources::new();
    assert_eq!(sources.version("trainer"), ("1.2.3".to_owned(), 0));
    sources.git(&["init", "-q"]);
    // Without a commit.
    assert_eq!(sources.version("trainer").0, "1.2.3");
    let first = sources.commit();
    assert_eq!(sources.version("trainer"), (format!("1.2.3 ({first})"), 3));

    sources.write("README.md", "other words");
    sources.write("trainer/notes.txt", "never added");
    assert_eq!(sources.version("trainer").0, format!("1.2.3 ({first})"));
    sources.write("runtime/lib.rs", "other code");
    assert_eq!(
        sources.version("trainer").0,
        format!("1.2.3 ({first}-dirty)")
    );
    let second = sources.commit();
    assert_ne!(first, second);
    assert_eq!(sources.version("trainer").0, format!("1.2.3 ({second})"));
    sources.git(&["checkout", "-q", "--detach"]);
    assert_eq!(sources.version("trainer"), (format!("1.2.3 ({second})"), 2));
}

#[test]
fn a_copy_inside_of_another_checkout_does_not_take_its_commit() {
    let sources = Sources::new();
    sources.git(&["init", "-q"]);
    fs::create_dir_all(sources.path("vendored/autarky/trainer")).unwrap();
    sources.commit();
    assert_eq!(sources.version("vendored/autarky/trainer").0, "1.2.3");
}

#[test]
fn the_program_tells_its_version() {
    let version = Home::new().ok(&["--version"]);
    assert!(version.starts_with("trainer 0."), "{version}");
}
