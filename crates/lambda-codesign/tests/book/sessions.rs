//! Blocks marked `console,run`: each page's are run in order, in an empty folder, by the shell that a reader would use.
//!
//! A line that begins with `$ ` is a command, one with `> ` goes on with it, and what follows is all that it prints, with
//! snapbox's wildcards. A command that fails is followed by `$ echo $?`.
//!
//! Blocks marked `console,run,with=TOOL` call a deploy tool too: they are a session of their own, which runs where
//! `LAMBDA_CODESIGN_TOOLS` names a folder with the tools' programs in `bin` and `node_modules/.bin`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use snapbox::report::Palette;
use snapbox::{Assert, IntoData as _};

use crate::pages::{Page, pages};

const FENCE: &str = "```console,run";

/// The guides whose commands call a deploy tool, and its program.
const WITH_TOOLS: [(&str, &str); 3] =
    [("guides/cdk.md", "cdk"), ("guides/sam.md", "sam"), ("guides/serverless.md", "osls")];

fn fence_with(tool: &str) -> String {
    format!("{FENCE},with={tool}")
}

struct Step {
    line: usize,
    command: String,
    wanted: String,
}

fn steps(page: &Page, fence: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (index, line) in page.text.lines().enumerate() {
        let place = format!("{}:{}", page.path.display(), index + 1);
        if !inside {
            inside = line == fence;
        } else if line == "```" {
            inside = false;
        } else if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { line: index + 1, command: command.to_owned(), wanted: String::new() });
        } else {
            let step = steps.last_mut().unwrap_or_else(|| panic!("{place}: no command stands before it"));
            match line.strip_prefix("> ").or_else(|| line.strip_prefix('>')) {
                Some(more) if step.wanted.is_empty() => step.command.extend(["\n", more]),
                _ => step.wanted.extend([line, "\n"]),
            }
        }
    }
    assert!(!inside, "{}: a block has no end", page.path.display());
    steps
}

struct Place {
    folder: tempfile::TempDir,
    path: String,
    /// What `require` finds.
    node_path: PathBuf,
}

impl Place {
    fn new(tools: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "work"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let binary = Path::new(env!("CARGO_BIN_EXE_lambda-codesign")).parent().unwrap();
        let node_path = tools.map(|tools| tools.join("node_modules")).unwrap_or_default();
        let mut path = binary.display().to_string();
        if let Some(tools) = tools {
            write!(path, ":{}/bin:{}/.bin", tools.display(), node_path.display()).unwrap();
        }
        write!(path, ":{}", std::env::var("PATH").unwrap()).unwrap();
        Self { folder, path, node_path }
    }

    /// What it prints, and its exit code.
    fn run(&self, command: &str, before: i32) -> (String, i32) {
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n(exit {before})\n{command}")])
            .current_dir(self.folder.path().join("work"))
            .env_clear()
            .env("HOME", self.folder.path().join("home"))
            .env("PATH", &self.path)
            .env("NODE_PATH", &self.node_path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code().expect("it was not killed"))
    }
}

/// What a page left running, by the number in `background.pid`, ends with it.
impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(pid) = fs::read_to_string(self.folder.path().join("work/background.pid")) {
            // It may have ended already.
            let _ended = Command::new("kill").arg(pid.trim()).stderr(Stdio::null()).status();
        }
    }
}

/// How many commands of it were run, or the first thing that is not as the page says.
fn run(page: &Page, fence: &str, tools: Option<&Path>) -> Result<usize, String> {
    let steps = steps(page, fence);
    let place = Place::new(tools);
    let mut code = 0;
    for step in &steps {
        let name = format!("{}:{}: {}", page.path.display(), step.line, step.command);
        if code != 0 && step.command != "echo $?" {
            return Err(format!("before {name}: exit {code}, which the page does not say"));
        }
        let (printed, ended) = place.run(&step.command, code);
        code = ended;
        let assert = Assert::new().palette(Palette::plain());
        let compared = assert.try_eq(None, printed.into_data(), step.wanted.as_str().into_data());
        compared.map_err(|difference| format!("{name}\n{difference}"))?;
    }
    if code != 0 {
        return Err(format!("{}: the last command ends with {code}", page.path.display()));
    }
    Ok(steps.len())
}

#[test]
fn every_command_does_what_its_page_says() {
    let (mut commands, mut wrong) = (0, Vec::new());
    for page in pages() {
        match run(&page, FENCE, None) {
            Ok(steps) => commands += steps,
            Err(why) => wrong.push(why),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(commands > 40, "only {commands} commands were found");
}

#[test]
fn every_command_beside_a_deploy_tool_does_what_its_page_says() {
    let tools = std::env::var_os("LAMBDA_CODESIGN_TOOLS").map(|tools| fs::canonicalize(tools).unwrap());
    let pages = pages();
    for (name, tool) in WITH_TOOLS {
        let page = pages.iter().find(|page| page.path == Path::new(name)).unwrap();
        let fence = fence_with(tool);
        assert!(steps(page, &fence).len() > 5, "{name} has no session with {tool}");
        if let Some(tools) = &tools {
            run(page, &fence, Some(tools)).unwrap_or_else(|why| panic!("{why}"));
        }
    }
}

#[test]
fn a_block_that_runs_is_marked_in_one_way() {
    for page in pages() {
        for line in page.text.lines().filter(|line| line.trim_start().starts_with("```console")) {
            let with_tool = WITH_TOOLS
                .iter()
                .any(|(name, tool)| page.path == Path::new(name) && line == fence_with(tool));
            assert!(with_tool || line == FENCE || line == "```console", "{}: {line}", page.path.display());
        }
    }
}

fn session(lines: &[&str]) -> Page {
    Page { path: "page.md".into(), text: format!("{FENCE}\n{}\n```\n", lines.join("\n")) }
}

#[test]
fn what_a_page_says_wrongly_is_noticed() {
    let right = session(&["$ cat <<E", "> a b", "> E", "a [..]", "$ false", "$ echo $?", "1"]);
    assert_eq!(run(&right, FENCE, None), Ok(3));
    for wrong in [
        session(&["$ echo a", "b"]),
        session(&["$ echo a"]),
        session(&["$ true", "a"]),
        session(&["$ false", "$ true"]),
        session(&["$ false"]),
        session(&["$ false", "$ echo $?", "2"]),
        session(&["$ echo a >&2"]),
    ] {
        assert!(run(&wrong, FENCE, None).is_err(), "{}", wrong.text);
    }
}
