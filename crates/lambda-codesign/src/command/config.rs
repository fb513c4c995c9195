//! `config`: code signing configs, and the functions that have them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use lambda_codesign_aws::config::{self, Config, MAX_PUBLISHERS, Wanted};
use lambda_codesign_aws::connection::Connection;
use lambda_codesign_aws::function_name::FunctionName;
use lambda_codesign_aws::name::ConfigArn;
use lambda_codesign_aws::pace::Pace;
use lambda_codesign_aws::{deployed, inventory, profile};
use lambda_codesign_core::claims::ProfileVersionArn;
use lambda_codesign_core::policy::Mode;
use lambda_codesign_signing::name::{NameError, ProfileName};
use serde::Serialize;

use crate::aws::{AwsArguments, Services, service_fault};
use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::output::Output;

/// List, show, create, update, delete, attach and detach code signing configs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign config create --publisher release_2026 --mode warn --description releases
  lambda-codesign config attach payments-api arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdefg
  lambda-codesign config update arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdefg --mode enforce
  lambda-codesign config list --output json

Attaching a config checks nothing: what is deployed stays, and the next deployment is judged.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the configs of the region.
    List {
        #[command(flatten)]
        aws: AwsArguments,
    },
    /// Show a config and the functions that have it.
    Show {
        /// The config.
        #[arg(value_name = "CONFIG_ARN")]
        arn: ConfigArn,
        #[command(flatten)]
        aws: AwsArguments,
    },
    /// Create a config.
    Create {
        /// A publisher whose code is taken: a signing profile of this account by its name, or any by its version's ARN.
        #[arg(long = "publisher", value_name = "PROFILE_OR_ARN", required = true)]
        publishers: Vec<Publisher>,
        /// Refuse other code, or only log it.
        #[arg(long, value_enum)]
        mode: ModeArgument,
        /// What is said of it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
        /// A tag.
        #[arg(long = "tag", value_name = "NAME=VALUE")]
        tags: Vec<Tag>,
        #[command(flatten)]
        aws: AwsArguments,
    },
    /// Change a config; what is not named stays.
    #[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
    Update {
        /// The config.
        #[arg(value_name = "CONFIG_ARN")]
        arn: ConfigArn,
        /// The publishers whose code is taken, all of them.
        #[arg(long = "publisher", value_name = "PROFILE_OR_ARN", group = "change")]
        publishers: Vec<Publisher>,
        /// Refuse other code, or only log it.
        #[arg(long, value_enum, group = "change")]
        mode: Option<ModeArgument>,
        /// What is said of it.
        #[arg(long, value_name = "TEXT", group = "change")]
        description: Option<String>,
        #[command(flatten)]
        aws: AwsArguments,
    },
    /// Delete a config that no function has.
    Delete {
        /// The config.
        #[arg(value_name = "CONFIG_ARN")]
        arn: ConfigArn,
        #[command(flatten)]
        aws: AwsArguments,
    },
    /// Attach a config to a function, in place of any other.
    Attach {
        /// The function.
        function: FunctionName,
        /// The config.
        #[arg(value_name = "CONFIG_ARN")]
        arn: ConfigArn,
        #[command(flatten)]
        aws: AwsArguments,
    },
    /// Take a function's config off: then any code can be deployed to it.
    Detach {
        /// The function.
        function: FunctionName,
        #[command(flatten)]
        aws: AwsArguments,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeArgument {
    Enforce,
    Warn,
}

/// Whose code is taken.
#[derive(Debug, Clone)]
enum Publisher {
    Version(ProfileVersionArn),
    Profile(ProfileName),
}

#[derive(Debug, Clone)]
struct Tag(String, String);

/// A config as it is answered.
#[derive(Serialize)]
struct Row {
    arn: String,
    description: String,
    mode: &'static str,
    publishers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    functions: Option<Vec<String>>,
}

/// What became of a function's config.
#[derive(Serialize)]
struct Attachment {
    function: String,
    config: Option<String>,
    before: Option<String>,
}

/// What a command answers.
enum Answer {
    Configs(Vec<Row>),
    Deleted(ConfigArn),
    Attachment(Attachment),
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    configs: Option<&'a [Row]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment: Option<&'a Attachment>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let services = arguments.command.aws().connect()?;
    let answer = arguments.command.answer(&services)?;
    match global.output {
        Format::Json => output.json(&answer.document()),
        Format::Human => output.note(&answer.text()),
    }
    Ok(Exit::Done)
}

impl Command {
    const fn aws(&self) -> &AwsArguments {
        match self {
            Self::List { aws }
            | Self::Show { aws, .. }
            | Self::Create { aws, .. }
            | Self::Update { aws, .. }
            | Self::Delete { aws, .. }
            | Self::Attach { aws, .. }
            | Self::Detach { aws, .. } => aws,
        }
    }

    fn answer(&self, services: &Services) -> Result<Answer, Fault> {
        let what = self.what();
        let connection = &services.connection;
        let work = async {
            match self {
                Self::List { .. } => list(connection, &what).await,
                Self::Show { arn, .. } => show(connection, arn, &what).await,
                Self::Create { publishers, mode, description, tags, .. } => {
                    let publishers = resolved(connection, publishers, &what).await?;
                    let wanted =
                        Wanted { description: description.clone(), publishers, mode: (*mode).into() };
                    create(connection, &wanted, tags, &what).await
                }
                Self::Update { arn, publishers, mode, description, .. } => {
                    let publishers = resolved(connection, publishers, &what).await?;
                    let change = Change { publishers, mode: *mode, description: description.as_deref() };
                    update(connection, arn, change, &what).await
                }
                Self::Delete { arn, .. } => delete(connection, arn, &what).await,
                Self::Attach { function, arn, .. } => attach(connection, function, Some(arn), &what).await,
                Self::Detach { function, .. } => attach(connection, function, None, &what).await,
            }
        };
        services.run(work, || {
            Fault::new(&what, "it was interrupted", "look with `config list`, and run it again")
        })
    }

    /// What could not be done.
    fn what(&self) -> String {
        match self {
            Self::List { .. } => "could not list the configs".to_owned(),
            Self::Show { arn, .. } => format!("could not show {arn}"),
            Self::Create { .. } => "could not create the config".to_owned(),
            Self::Update { arn, .. } => format!("could not update {arn}"),
            Self::Delete { arn, .. } => format!("could not delete {arn}"),
            Self::Attach { function, arn, .. } => format!("could not attach {arn} to {function}"),
            Self::Detach { function, .. } => format!("could not take the config off {function}"),
        }
    }
}

/// A pace that leaves Lambda's control plane to deployments.
fn pace() -> Pace {
    Pace::per_second(NonZeroU32::MIN.saturating_add(9))
}

async fn list(connection: &Connection, what: &str) -> Result<Answer, Fault> {
    let configs = inventory::configs(&connection.lambda, &pace()).await;
    let configs = configs.map_err(|error| service_fault(what, &error))?;
    Ok(Answer::Configs(configs.iter().map(Row::of).collect()))
}

async fn show(connection: &Connection, arn: &ConfigArn, what: &str) -> Result<Answer, Fault> {
    let config = config::get(&connection.lambda, arn).await.map_err(|error| service_fault(what, &error))?;
    let functions = inventory::attached_to(&connection.lambda, &pace(), arn).await;
    let functions = functions.map_err(|error| service_fault(what, &error))?;
    let functions = functions.iter().map(ToString::to_string).collect();
    Ok(Answer::Configs(vec![Row { functions: Some(functions), ..Row::of(&config) }]))
}

async fn create(connection: &Connection, wanted: &Wanted, tags: &[Tag], what: &str) -> Result<Answer, Fault> {
    let tags: BTreeMap<String, String> =
        tags.iter().map(|Tag(name, value)| (name.clone(), value.clone())).collect();
    let made = config::create_once(&connection.lambda, wanted, &tags).await;
    let made = made.map_err(|error| match error.is_unanswered() {
        true => Fault::new(
            what,
            error,
            "it may have been made all the same: look with `config list` before you repeat it",
        ),
        false => service_fault(what, &error),
    })?;
    Ok(Answer::Configs(vec![Row::of(&made)]))
}

/// What of a config changes.
struct Change<'a> {
    publishers: Vec<String>,
    mode: Option<ModeArgument>,
    description: Option<&'a str>,
}

async fn update(
    connection: &Connection,
    arn: &ConfigArn,
    change: Change<'_>,
    what: &str,
) -> Result<Answer, Fault> {
    let now = config::get(&connection.lambda, arn).await.map_err(|error| service_fault(what, &error))?;
    let Change { publishers, mode, description } = change;
    let wanted = Wanted {
        description: description.map_or(now.description, str::to_owned),
        publishers: if publishers.is_empty() { now.publishers } else { publishers },
        mode: mode.map_or(now.mode, Into::into),
    };
    let made = config::update(&connection.lambda, arn, &wanted).await;
    Ok(Answer::Configs(vec![Row::of(&made.map_err(|error| service_fault(what, &error))?)]))
}

async fn delete(connection: &Connection, arn: &ConfigArn, what: &str) -> Result<Answer, Fault> {
    match config::delete(&connection.lambda, arn).await {
        Ok(()) => Ok(Answer::Deleted(arn.clone())),
        // Lambda says only that something is in progress (BEHAVIOUR.md "Lambda").
        Err(error) if error.has_status(409) => {
            let functions =
                inventory::attached_to(&connection.lambda, &pace(), arn).await.unwrap_or_default();
            let names: Vec<&str> = functions.iter().map(|function| function.name().as_str()).collect();
            let why = match names.as_slice() {
                [] => error.to_string(),
                names => format!("it is attached to {}", names.join(", ")),
            };
            Err(Fault::new(what, why, "attach another config to them first, with `config attach`"))
        }
        Err(error) => Err(service_fault(what, &error)),
    }
}

async fn attach(
    connection: &Connection,
    function: &FunctionName,
    config: Option<&ConfigArn>,
    what: &str,
) -> Result<Answer, Fault> {
    if function.qualifier().is_some() {
        let why = "a config belongs to a function, and this names a version or alias of one";
        return Err(Fault::usage(what, why, "name the function alone"));
    }
    let (lambda, name) = (&connection.lambda, function.name());
    let before = deployed::config_of(lambda, name).await.map_err(|error| service_fault(what, &error))?;
    let done = match config {
        Some(config) => config::attach(lambda, name, config).await,
        None => config::detach(lambda, name).await,
    };
    done.map_err(|error| service_fault(what, &error))?;
    Ok(Answer::Attachment(Attachment {
        function: function.to_string(),
        config: config.map(ToString::to_string),
        before: before.map(|before| before.to_string()),
    }))
}

/// The ARNs of the publishers; profiles of this account are looked up.
async fn resolved(
    connection: &Connection,
    publishers: &[Publisher],
    what: &str,
) -> Result<Vec<String>, Fault> {
    if publishers.len() > MAX_PUBLISHERS {
        let why = format!("{} publishers are named, and a config takes {MAX_PUBLISHERS}", publishers.len());
        return Err(Fault::usage(what, why, "name fewer, or make another config"));
    }
    let mut arns = Vec::new();
    for publisher in publishers {
        arns.push(match publisher {
            Publisher::Version(arn) => arn.to_string(),
            Publisher::Profile(name) => {
                let found = profile::get(&connection.signer, name.as_str(), None).await;
                found.map_err(|error| service_fault(what, &error))?.version.to_string()
            }
        });
    }
    Ok(arns)
}

impl FromStr for Publisher {
    type Err = PublisherError;

    fn from_str(text: &str) -> Result<Self, PublisherError> {
        if text.starts_with("arn:") {
            return text.parse().map(Self::Version).map_err(|_| PublisherError::Arn);
        }
        text.parse().map(Self::Profile).map_err(PublisherError::Name)
    }
}

/// Text that names no publisher.
#[derive(Debug, thiserror::Error)]
enum PublisherError {
    #[error("it is not the ARN of a signing profile's version")]
    Arn,
    #[error(transparent)]
    Name(NameError),
}

impl FromStr for Tag {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or("it is not NAME=VALUE")?;
        if name.is_empty() { Err("its name is empty") } else { Ok(Self(name.to_owned(), value.to_owned())) }
    }
}

impl From<ModeArgument> for Mode {
    fn from(mode: ModeArgument) -> Self {
        match mode {
            ModeArgument::Enforce => Self::Enforce,
            ModeArgument::Warn => Self::Warn,
        }
    }
}

impl Row {
    fn of(config: &Config) -> Self {
        Self {
            arn: config.arn.to_string(),
            description: config.description.clone(),
            mode: config.mode.as_str(),
            publishers: config.publishers.clone(),
            functions: None,
        }
    }

    fn text(&self) -> String {
        let mut text = format!("{}  {}\n", self.mode, self.arn);
        if !self.description.is_empty() {
            let _ = writeln!(text, "  description  {}", escaped(&self.description));
        }
        for publisher in &self.publishers {
            let _ = writeln!(text, "  publisher    {}", escaped(publisher));
        }
        for function in self.functions.iter().flatten() {
            let _ = writeln!(text, "  function     {function}");
        }
        if self.functions.as_ref().is_some_and(Vec::is_empty) {
            text.push_str("  no function has it\n");
        }
        text
    }
}

impl Attachment {
    fn text(&self) -> String {
        let mut text = match &self.config {
            Some(config) => format!("attached  {config} to {}\n", self.function),
            None => format!("detached  {} has no config\n", self.function),
        };
        match &self.before {
            Some(before) if self.before != self.config => {
                let _ = writeln!(text, "  it had {before}");
            }
            Some(_) | None => {}
        }
        text.push_str(match self.config {
            Some(_) => "  nothing was checked: what is deployed stays, and the next deployment is judged\n",
            None => "  any code can be deployed to it now\n",
        });
        text
    }
}

impl Answer {
    fn text(&self) -> String {
        match self {
            Self::Configs(rows) if rows.is_empty() => "no code signing config is in this region\n".to_owned(),
            Self::Configs(rows) => rows.iter().map(Row::text).collect(),
            Self::Deleted(arn) => format!("deleted  {arn}\n"),
            Self::Attachment(attachment) => attachment.text(),
        }
    }

    fn document(&self) -> Document<'_> {
        let mut document =
            Document { schema: "lambda-codesign/config/v1", configs: None, deleted: None, attachment: None };
        match self {
            Self::Configs(rows) => document.configs = Some(rows),
            Self::Deleted(arn) => document.deleted = Some(arn.as_str()),
            Self::Attachment(attachment) => document.attachment = Some(attachment),
        }
        document
    }
}
