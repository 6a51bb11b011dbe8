//! What a run needs of the machine: looked for, fetched where that is allowed, else named.

use std::process::Command;

use crate::run::{Failure, cache, says, show};

/// One pinned version, spelled once.
pub(crate) const CARGO_DENY: &str = "0.20.2";

/// Platforms the product is checked for, besides the one at hand.
pub(crate) const PLATFORMS: [&str; 4] = [
    "aarch64-unknown-linux-gnu",
    "x86_64-pc-windows-msvc",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
];

/// Targets without an operating system: they prove that the core takes nothing from one.
pub(crate) const BARE: [&str; 2] = ["wasm32v1-none", "wasm32-unknown-unknown"];

/// A program from outside: how to ask its version, what we want, the Debian package that has it.
struct Tool {
    program: &'static str,
    version: &'static [&'static str],
    /// Major and minor; `(0, 0)` takes any.
    wanted: (u32, u32),
    package: &'static str,
    /// For how it serves, in the doctor's table.
    serves: &'static str,
}

const TOOLS: [Tool; 26] = [
    Tool {
        program: "openssl",
        version: &["version"],
        wanted: (3, 0),
        package: "openssl",
        serves: "peer",
    },
    Tool {
        program: "go",
        version: &["version"],
        wanted: (1, 24),
        package: "golang-go",
        serves: "builds gmsm, the envelope reader, a recipe",
    },
    Tool {
        program: "javac",
        version: &["-version"],
        wanted: (17, 0),
        package: "openjdk-17-jdk-headless",
        serves: "builds the programs around BouncyCastle and ofdrw",
    },
    Tool {
        program: "java",
        version: &["-version"],
        wanted: (17, 0),
        package: "openjdk-17-jre-headless",
        serves: "runs BouncyCastle and ofdrw",
    },
    Tool {
        program: "mvn",
        version: &["--version"],
        wanted: (3, 6),
        package: "maven",
        serves: "fetches BouncyCastle and ofdrw",
    },
    Tool {
        program: "mcs",
        version: &["--version"],
        wanted: (6, 0),
        package: "mono-mcs libmono-system-net-http4.0-cil libmono-system-web-extensions4.0-cil",
        serves: "builds the recipe for .NET",
    },
    Tool {
        program: "mono",
        version: &["--version"],
        wanted: (6, 0),
        package: "mono-runtime",
        serves: "runs the recipe for .NET",
    },
    Tool {
        program: "node",
        version: &["--version"],
        wanted: (20, 19),
        package: "nodejs",
        serves: "builds and runs the npm package",
    },
    Tool {
        program: "npm",
        version: &["--version"],
        wanted: (9, 0),
        package: "npm",
        serves: "fetches what the npm package is built with",
    },
    Tool {
        program: "perl",
        version: &["-e", "print $^V"],
        wanted: (5, 10),
        package: "perl",
        serves: "builds OpenSSL 4",
    },
    Tool {
        program: "make",
        version: &["--version"],
        wanted: (0, 0),
        package: "make",
        serves: "builds OpenSSL 4",
    },
    Tool {
        program: "cc",
        version: &["--version"],
        wanted: (0, 0),
        package: "gcc",
        serves: "builds OpenSSL 4, links",
    },
    Tool {
        program: "pkg-config",
        version: &["--modversion", "openssl"],
        wanted: (3, 0),
        package: "pkg-config libssl-dev",
        serves: "benches",
    },
    Tool {
        program: "/usr/bin/time",
        version: &["--version"],
        wanted: (0, 0),
        package: "time",
        serves: "measures memory",
    },
    Tool {
        program: "git",
        version: &["--version"],
        wanted: (0, 0),
        package: "git",
        serves: "sees that the tree is clean",
    },
    Tool {
        program: "python3",
        version: &["--version"],
        wanted: (3, 10),
        package: "python3 python3-venv",
        serves: "runs pyHanko",
    },
    Tool {
        program: "pdfsig",
        version: &["-v"],
        wanted: (22, 0),
        package: "poppler-utils",
        serves: "peer: verifies and draws PDF",
    },
    Tool {
        // certutil has no word that ends well without a store.
        program: "sh",
        version: &["-c", "command -v certutil"],
        wanted: (0, 0),
        package: "libnss3-tools",
        serves: "tells pdfsig whom to trust",
    },
    Tool {
        program: "qpdf",
        version: &["--version"],
        wanted: (11, 0),
        package: "qpdf",
        serves: "peer: checks and rewrites PDF",
    },
    Tool {
        program: "mutool",
        version: &["-v"],
        wanted: (1, 20),
        package: "mupdf-tools",
        serves: "peer: draws PDF",
    },
    Tool {
        program: "chromium",
        version: &["--version"],
        wanted: (110, 0),
        package: "chromium",
        serves: "runs the pages: all scenes",
    },
    Tool {
        program: "firefox-esr",
        version: &["--version"],
        wanted: (128, 0),
        package: "firefox-esr",
        serves: "runs client and verifier",
    },
    Tool {
        // It has no word for its version.
        program: "sh",
        version: &["-c", "command -v WebKitWebDriver"],
        wanted: (0, 0),
        package: "webkit2gtk-driver",
        serves: "runs client and verifier",
    },
    Tool {
        program: "sh",
        version: &["-c", "command -v Xvfb"],
        wanted: (0, 0),
        package: "xvfb",
        serves: "a screen for WebKitGTK",
    },
    Tool {
        program: "dbus-run-session",
        version: &["--version"],
        wanted: (1, 12),
        package: "dbus",
        serves: "a bus for WebKitGTK",
    },
    Tool {
        // A browser without Chinese letters draws boxes, and screenshots show nothing.
        program: "sh",
        version: &["-c", "fc-list :lang=zh file | grep ."],
        wanted: (0, 0),
        package: "fontconfig fonts-wqy-microhei",
        serves: "letters of the screenshots",
    },
];

impl Tool {
    /// The line in which it says its version.
    fn says(&self) -> Option<String> {
        let text = says(self.program, self.version)?;
        let line = text.lines().find(|line| !line.trim().is_empty())?;
        Some(without_colours(line).trim().to_owned())
    }

    /// The same, unless the version is too old.
    fn found(&self) -> Option<String> {
        self.says().filter(|line| self.wanted == (0, 0) || version_in(line) >= Some(self.wanted))
    }

    fn wanted(&self) -> String {
        match self.wanted {
            (0, 0) => "any".to_owned(),
            (major, minor) => format!("{major}.{minor} or later"),
        }
    }

    fn get(&self) -> String {
        format!("apt-get install -y {}", self.package)
    }
}

/// Fetches what is missing. Debian packages come by apt when root or sudo allows.
pub(crate) fn ready() -> Result<(), Failure> {
    rust_targets()?;
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| tool.found().is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let root = says("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    let sudo = !root && says("sudo", &["-n", "true"]).is_some();
    if (root || sudo) && says("apt-get", &["--version"]).is_some() {
        let apt = |arguments: &[&str]| {
            let mut command = Command::new(if root { "apt-get" } else { "sudo" });
            if sudo {
                command.args(["-n", "apt-get"]);
            }
            command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
            show(&mut command)
        };
        let packages: Vec<&str> = missing.iter().flat_map(|tool| tool.package.split(' ')).collect();
        println!("fetching Debian packages: {}", packages.join(" "));
        apt(&["update", "-qq"])?;
        let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
        install.extend(packages);
        apt(&install)?;
    }
    for tool in TOOLS {
        if tool.found().is_none() {
            let what = match tool.says() {
                None => tool.program.to_owned(),
                Some(old) => format!("{} {} (`{old}` is here)", tool.program, tool.wanted()),
            };
            return Err(Failure::Missing { what, get: tool.get() });
        }
    }
    Ok(())
}

/// What stands before and after the escape sequences by which a program colours its words.
fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

/// The first `major.minor` of a line.
fn version_in(line: &str) -> Option<(u32, u32)> {
    let start = line.find(|c: char| c.is_ascii_digit())?;
    let digits = line.get(start..)?.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
    let mut numbers = digits.split('.').map(str::parse);
    let major = numbers.next()?.ok()?;
    Some((major, numbers.next().and_then(Result::ok).unwrap_or(0)))
}

fn installed_targets() -> Option<String> {
    says("rustup", &["target", "list", "--installed"])
}

fn rust_targets() -> Result<(), Failure> {
    let wanted = BARE.iter().chain(&PLATFORMS);
    let get = || {
        let all: Vec<&str> = BARE.iter().chain(&PLATFORMS).copied().collect();
        format!("rustup target add {}", all.join(" "))
    };
    let Some(installed) = installed_targets() else {
        return Err(Failure::Missing { what: "rustup".to_owned(), get: get() });
    };
    let missing: Vec<&str> =
        wanted.copied().filter(|name| !installed.lines().any(|line| line == *name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("fetching Rust targets: {}", missing.join(" "));
    show(Command::new("rustup").args(["target", "add"]).args(missing))
}

/// `cargo-deny` of the pinned version: the one on the path, or one built once for this machine.
pub(crate) fn cargo_deny() -> Result<String, Failure> {
    let ours = cache().join(format!("cargo-deny-{CARGO_DENY}"));
    let program = ours.join("bin").join("cargo-deny").to_string_lossy().into_owned();
    let fits = |program: &str| {
        says(program, &["--version"]).is_some_and(|text| text.trim().ends_with(CARGO_DENY))
    };
    if let Some(found) = ["cargo-deny", &program].into_iter().find(|program| fits(program)) {
        return Ok(found.to_owned());
    }
    println!("building cargo-deny {CARGO_DENY}, once for this machine: about two minutes");
    let build = ours.join("build");
    show(
        // Not optimised, and without its own TLS: it reads one lock file.
        Command::new("cargo")
            .args(["install", "cargo-deny", "--locked", "--debug", "--no-default-features", "-q"])
            .arg(format!("--version={CARGO_DENY}"))
            .arg("--root")
            .arg(&ours)
            .current_dir(std::env::temp_dir())
            .env("CARGO_TARGET_DIR", &build),
    )?;
    // Hundreds of megabytes nobody needs again.
    if build.exists() {
        std::fs::remove_dir_all(&build)
            .map_err(|error| Failure::System { doing: build.display().to_string(), error })?;
    }
    Ok(program)
}

/// Prints every tool and peer: what was found, what is wanted, the command that gets it.
pub(crate) fn doctor() -> Result<(), Failure> {
    let mut complete = true;
    let mut row = |name: &str, found: Option<String>, wanted: &str, get: &str, serves: &str| {
        complete &= found.is_some();
        let mark = if found.is_some() { "ok     " } else { "MISSING" };
        let found = found.unwrap_or_else(|| "-".to_owned());
        let found: String = found.chars().take(44).collect();
        println!("{mark} {name:<28} {found:<45} {wanted:<20} {serves:<30} {get}");
    };
    println!(
        "        {:<28} {:<45} {:<20} {:<30} get it with",
        "tool or peer", "found", "wanted", "serves"
    );
    for tool in &TOOLS {
        row(tool.program, tool.found(), &tool.wanted(), &tool.get(), tool.serves);
    }
    let installed = installed_targets().unwrap_or_default();
    for name in BARE.iter().chain(&PLATFORMS) {
        let found = installed.lines().any(|line| line == *name).then(|| "installed".to_owned());
        row(name, found, "installed", &format!("rustup target add {name}"), "checks");
    }
    let ours = cache().join(format!("cargo-deny-{CARGO_DENY}/bin/cargo-deny"));
    let ours = ours.to_string_lossy();
    let deny = ["cargo-deny", &ours]
        .into_iter()
        .filter_map(|program| says(program, &["--version"]))
        .find(|text| text.trim().ends_with(CARGO_DENY))
        .map(|text| text.trim().to_owned());
    row("cargo-deny", deny, CARGO_DENY, "cargo xtask test", "dependencies");
    for peer in crate::peers::PEERS {
        row(peer.name, peer.found(), peer.wanted, "cargo xtask peers", "peer");
    }
    if complete {
        println!("everything is here");
        Ok(())
    } else {
        Err(Failure::Wrong("something is missing; `cargo xtask test` fetches what it may".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        assert_eq!(version_in("go version go1.26.8 linux/amd64"), Some((1, 26)));
        assert_eq!(version_in("javac 17"), Some((17, 0)));
        assert_eq!(version_in("no number"), None);
        assert_eq!(without_colours("\u{1b}[1mApache Maven 3.8.7\u{1b}[m"), "Apache Maven 3.8.7");
    }
}
