//! A release: one program that needs nothing of the machine but its kernel, with what belongs to it, as a tar, a Debian package and files for an
//! image; checksums and a list of all that is built into it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::{Result, cargo, root, run};

/// The shells, the file of each completion script below the folder of completions, and where Debian's packages put it.
const SHELLS: [(&str, &str, &str); 3] = [
    ("bash", "hourbill.bash", "usr/share/bash-completion/completions/hourbill"),
    ("zsh", "_hourbill", "usr/share/zsh/vendor-completions/_hourbill"),
    ("fish", "hourbill.fish", "usr/share/fish/vendor_completions.d/hourbill.fish"),
];

/// Nothing else is in the image: the program is static, and knows the time zones itself.
const DOCKERFILE: &str = "\
# docker build -t hourbill:0.1.0 . && docker run --rm --user \"$(id -u):$(id -g)\" -v \"$PWD:/work\" hourbill:0.1.0 run job.toml
# The program needs nothing of it; schedulers want a shell that tells exit code 1 from the others.
FROM busybox:musl
COPY hourbill /usr/bin/hourbill
WORKDIR /work
USER 65534:65534
ENTRYPOINT [\"/usr/bin/hourbill\"]
";

/// Makes `target/dist`; of a program that is built already when one is named, else of one built for it.
pub fn dist(program: Option<&str>) -> Result<()> {
    let target = host()?;
    let program = program.map_or_else(|| build(&target), |program| Ok(PathBuf::from(program)))?;
    let folder = root().join("target/dist");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("cannot empty {}: {error}", folder.display()))?;
    }
    let name = format!("hourbill-{}-{target}", version()?);
    let tree = folder.join(&name);
    lay_out(&program, &tree)?;
    let sbom = parts_list(&target)?;
    write(&tree.join("sbom.cdx.json"), &sbom)?;
    write(&folder.join(format!("{name}.cdx.json")), &sbom)?;
    archive(&folder, &[&name], &folder.join(format!("{name}.tar.gz")))?;
    debian(&folder, &tree, &target)?;
    fs::remove_dir_all(&tree).map_err(|error| error.to_string())?;
    checksums(&folder)?;
    for file in files(&folder)? {
        println!("target/dist/{file}");
    }
    Ok(())
}

/// The machine this runs on, as the compiler calls it.
fn host() -> Result<String> {
    let told = output(Command::new("rustc").arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say for which machine it is".to_owned())
}

/// With the C library inside: the same one as in an ordinary build, so that it is as fast (docs/decisions.md).
fn build(target: &str) -> Result<PathBuf> {
    let mut build = cargo("build", &["--profile", "shipped", "--package", "hourbill", "--target", target]);
    build.env("RUSTFLAGS", "-C target-feature=+crt-static");
    run(build)?;
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let program = folder.join(target).join("shipped/hourbill");
    // A program that asks for a library of the machine is none to hand out.
    let headers = output(Command::new("readelf").args(["--program-headers", "--wide"]).arg(&program))?;
    if headers.lines().any(|line| line.trim_start().starts_with("INTERP")) {
        return Err(format!("{} is not static", program.display()));
    }
    Ok(program)
}

fn version() -> Result<String> {
    let id = output(&mut cargo("pkgid", &["--package", "hourbill"]))?;
    match id.trim().rsplit_once(['#', '@']) {
        Some((_, version)) => Ok(version.to_owned()),
        None => Err(format!("cargo names no version: {id}")),
    }
}

/// What the tar holds.
fn lay_out(program: &Path, tree: &Path) -> Result<()> {
    let (man, completions) = (tree.join("man/man1"), tree.join("completions"));
    for folder in [&man, &completions] {
        fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    }
    copy(program, &tree.join("hourbill"))?;
    output(Command::new(program).arg("man").arg(&man))?;
    for (shell, file, _) in SHELLS {
        write(&completions.join(file), &output(Command::new(program).args(["completions", shell]))?)?;
    }
    for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&root().join(file), &tree.join(file))?;
    }
    write(&tree.join("Dockerfile"), DOCKERFILE)?;
    // What schedules it; the other jobs are nothing without the fixtures.
    let schedules = ["airflow_dag.py", "crontab", "etc", "kubernetes-cronjob.yaml", "systemd"];
    let mut listed = Command::new("git");
    listed.arg("ls-files").args(schedules.map(|file| format!("jobs/{file}"))).current_dir(root());
    for file in output(&mut listed)?.lines() {
        copy(&root().join(file), &tree.join("examples").join(file.trim_start_matches("jobs/")))?;
    }
    Ok(())
}

/// All that is built into the program, with licences, as CycloneDX.
fn parts_list(target: &str) -> Result<String> {
    let tree =
        ["--package", "hourbill", "--edges", "normal", "--prefix", "none", "--target", target, "--format", "{p}\t{l}"];
    let told = output(&mut cargo("tree", &tree))?;
    let mut parts: Vec<(&str, &str, &str)> = told.lines().filter_map(part).collect();
    parts.sort_unstable();
    parts.dedup();
    let component = |(name, version, licence): (&str, &str, &str)| {
        let licence = licence.replace('/', " OR ");
        json!({
            "type": "library",
            "name": name,
            "version": version,
            "purl": format!("pkg:cargo/{name}@{version}"),
            "licenses": [{ "expression": licence }],
        })
    };
    let (own, others): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(name, ..)| *name == "hourbill");
    let list = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": own.into_iter().map(component).next() },
        "components": others.into_iter().map(component).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&list).map(|text| text + "\n").map_err(|error| error.to_string())
}

/// `name v1.2.3 (where it is from) (*)`, a tab, and its licence.
fn part(line: &str) -> Option<(&str, &str, &str)> {
    let (package, licence) = line.split_once('\t')?;
    let mut words = package.split_whitespace();
    let (name, version) = (words.next()?, words.next()?);
    Some((name, version.strip_prefix('v')?, licence.trim_end_matches(" (*)").trim()))
}

/// The same files make the same bytes: sorted, of nobody, at the time of the last commit.
fn archive(inside: &Path, names: &[&str], to: &Path) -> Result<()> {
    let mut tar = Command::new("tar");
    tar.args([
        "--create",
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--use-compress-program=gzip -n9",
    ]);
    tar.arg(format!("--mtime=@{}", commit_time()?)).arg("--file").arg(to).arg("--directory").arg(inside).args(names);
    output(&mut tar).map(drop)
}

fn commit_time() -> Result<String> {
    let time = output(Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(root()))?;
    Ok(time.trim().to_owned())
}

/// A Debian package: `ar` around a version, what it is, and its files.
fn debian(folder: &Path, tree: &Path, target: &str) -> Result<()> {
    let machine = match target.split('-').next() {
        Some("x86_64") => "amd64",
        Some("aarch64") => "arm64",
        other => return Err(format!("no name of Debian is known for {other:?}")),
    };
    let parts = folder.join("debian");
    let (data, control) = (parts.join("data"), parts.join("control"));
    copy(&tree.join("hourbill"), &data.join("usr/bin/hourbill"))?;
    for (_, file, place) in SHELLS {
        copy(&tree.join("completions").join(file), &data.join(place))?;
    }
    for page in files(&tree.join("man/man1"))? {
        let to = data.join("usr/share/man/man1").join(&page);
        copy(&tree.join("man/man1").join(&page), &to)?;
        output(Command::new("gzip").args(["-n9"]).arg(&to))?;
    }
    for file in ["README.md", "sbom.cdx.json"] {
        copy(&tree.join(file), &data.join("usr/share/doc/hourbill").join(file))?;
    }
    let (mit, apache) = (read(&tree.join("LICENSE-MIT"))?, read(&tree.join("LICENSE-APACHE"))?);
    let licences = format!("MIT or Apache-2.0\n\n{mit}\n\n{apache}");
    write(&data.join("usr/share/doc/hourbill/copyright"), &licences)?;
    let examples = data.join("usr/share/doc/hourbill/examples");
    output(Command::new("cp").arg("-r").arg(tree.join("examples")).arg(examples))?;
    let version = version()?;
    let kilobytes = output(Command::new("du").args(["-sk"]).arg(&data))?;
    let kilobytes = kilobytes.split_whitespace().next().unwrap_or("0").to_owned();
    let about = format!(
        "Package: hourbill\nVersion: {version}\nArchitecture: {machine}\nInstalled-Size: {kilobytes}\nSection: misc\nPriority: optional\n\
         Maintainer: The hourbill developers <hourbill@example.invalid>\nDescription: draft invoices from helpdesk tickets, timesheets and sales orders\n \
         Turns exports of a period into draft invoices, accounts for every hour that it\n read, and explains every decision.\n"
    );
    write(&control.join("control"), &about)?;
    write(&parts.join("debian-binary"), "2.0\n")?;
    archive(&control, &["."], &parts.join("control.tar.gz"))?;
    archive(&data, &["."], &parts.join("data.tar.gz"))?;
    let package = folder.join(format!("hourbill_{version}_{machine}.deb"));
    let mut ar = Command::new("ar");
    ar.arg("rcD").arg(package).args(["debian-binary", "control.tar.gz", "data.tar.gz"]).current_dir(&parts);
    output(&mut ar)?;
    fs::remove_dir_all(&parts).map_err(|error| error.to_string())
}

fn checksums(folder: &Path) -> Result<()> {
    let mut sum = Command::new("sha256sum");
    sum.args(files(folder)?).current_dir(folder);
    let sums = output(&mut sum)?;
    write(&folder.join("SHA256SUMS"), &sums)
}

/// Names of the files of a folder, sorted.
fn files(folder: &Path) -> Result<Vec<String>> {
    let listed = fs::read_dir(folder).map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
    let mut names: Vec<String> = listed.filter_map(|file| file.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let copied = fs::create_dir_all(folder).and_then(|()| fs::copy(from, to));
    copied.map(drop).map_err(|error| format!("cannot copy {} to {}: {error}", from.display(), to.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// What a command prints.
fn output(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let done = command.output().map_err(|error| format!("cannot start {shown}: {error}"))?;
    if !done.status.success() {
        return Err(format!("{shown}: {}\n{}", done.status, String::from_utf8_lossy(&done.stderr)));
    }
    String::from_utf8(done.stdout).map_err(|_| format!("{shown} prints what is no text"))
}
