//! Gives the trainer its own version, `AUTARKY_VERSION`: `0.1.0 (1a2b3c4d5e6f)`, or `0.1.0 (1a2b3c4d5e6f-dirty)` where what it is
//! built from is not what was committed. Without git or a checkout it is the version alone.

use std::env;
use std::path::Path;
use std::process::Command;

/// What a trained model depends on, from the workspace's folder.
const SOURCES: [&str; 5] = ["trainer", "runtime", "formats", "Cargo.toml", "Cargo.lock"];

fn main() {
    let version = env::var("CARGO_PKG_VERSION").expect("Cargo sets it");
    let workspace = Path::new("..");
    let suffix = commit(workspace).map_or(String::new(), |commit| format!(" ({commit})"));
    println!("cargo::rustc-env=AUTARKY_VERSION={version}{suffix}");
    for source in SOURCES {
        println!("cargo::rerun-if-changed=../{source}");
    }
}

/// The commit of the checkout at `workspace`, twelve digits, and whether its sources differ from it. A change of either runs
/// this again.
fn commit(workspace: &Path) -> Option<String> {
    // A copy of the sources inside of another checkout has no commit of its own.
    let top = git(workspace, &["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != workspace.canonicalize().ok()? {
        return None;
    }
    let branch = git(workspace, &["symbolic-ref", "--quiet", "HEAD"]);
    // The log of HEAD is written by whatever moves it, but not everybody keeps it.
    for name in ["HEAD", "logs/HEAD"].into_iter().chain(branch.as_deref()) {
        let path = git(workspace, &["rev-parse", "--git-path", name])?;
        let path = workspace.join(path);
        // One that is missing would run this at every build.
        if path.exists() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    let commit = git(workspace, &["rev-parse", "--short=12", "HEAD"])?;
    let mut status = vec!["status", "--porcelain", "--untracked-files=no", "--"];
    status.extend(SOURCES);
    let dirty = match git(workspace, &status)?.as_str() {
        "" => "",
        _ => "-dirty",
    };
    Some(format!("{commit}{dirty}"))
}

/// What a git command prints; nothing where there is no git, no checkout, or no answer.
fn git(workspace: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(args)
        .current_dir(workspace)
        // Looking must not write: the index of a checkout may be read-only, or in use.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
