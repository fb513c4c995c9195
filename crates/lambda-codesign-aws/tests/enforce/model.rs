//! An account by data, in which the steps of a plan are taken without any service.

use std::collections::{BTreeMap, BTreeSet};

use lambda_codesign_aws::config::{Config, Wanted};
use lambda_codesign_aws::deployed::{Function, Package, Update};
use lambda_codesign_aws::enforce::{Desired, Here, LiveConfig, Plan, Problem, State, Step, Strength, To};
use lambda_codesign_aws::name::{ConfigArn, FunctionArn};
use lambda_codesign_core::policy::Mode;
use lambda_codesign_policy::{Name, OWNER_TAG, PolicyFile};

pub(crate) const ACCOUNT: &str = "123456789012";

pub(crate) struct Model {
    pub(crate) state: State,
    made: BTreeMap<Name, ConfigArn>,
    count: u32,
}

pub(crate) fn publisher(name: &str) -> String {
    format!("arn:aws:signer:us-east-1:{ACCOUNT}:/signing-profiles/by_{name}/AbCdEf1234")
}

pub(crate) fn function(name: &str) -> FunctionArn {
    format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}").parse().unwrap()
}

impl Model {
    /// An account with these functions and profiles, and nothing else.
    pub(crate) fn new(functions: &[&str], profiles: &[&str]) -> Self {
        let here = Here { region: "us-east-1".parse().unwrap(), account: ACCOUNT.parse().unwrap() };
        let zip = |name: &&str| Function {
            arn: function(name),
            version: "$LATEST".to_owned(),
            revision: "1".to_owned(),
            code_sha256: None,
            code_size: 1,
            package: Package::Zip,
            signature: None,
            layers: Vec::new(),
            update: Update::Successful,
        };
        let state = State {
            here,
            configs: BTreeMap::new(),
            profiles: profiles.iter().map(|name| publisher(name).parse().unwrap()).collect(),
            functions: functions.iter().map(|name| (function(name), zip(name))).collect(),
        };
        Self { state, made: BTreeMap::new(), count: 0 }
    }

    pub(crate) fn image(&mut self, name: &str) {
        self.state.functions.get_mut(&function(name)).unwrap().package = Package::Image;
    }

    /// A config that is there, with the file's tag or without.
    pub(crate) fn config(&mut self, owner: Option<&str>, mode: Mode, profiles: &[&str]) -> ConfigArn {
        let publishers = profiles.iter().map(|name| publisher(name)).collect();
        let wanted = Wanted { description: String::new(), publishers, mode };
        let owner = owner.map(|owner| (OWNER_TAG.to_owned(), owner.to_owned()));
        self.make(wanted, owner.into_iter().collect())
    }

    fn make(&mut self, wanted: Wanted, tags: BTreeMap<String, String>) -> ConfigArn {
        self.count += 1;
        let text = format!("arn:aws:lambda:us-east-1:{ACCOUNT}:code-signing-config:csc-{:017}", self.count);
        let arn: ConfigArn = text.parse().unwrap();
        let Wanted { description, publishers, mode } = wanted;
        let config = Config { arn: arn.clone(), description, publishers, mode };
        self.state.configs.insert(arn.clone(), LiveConfig { config, tags, functions: BTreeSet::new() });
        arn
    }

    pub(crate) fn attach(&mut self, name: &str, config: &ConfigArn) {
        self.detach(&function(name));
        self.state.configs.get_mut(config).unwrap().functions.insert(function(name));
    }

    fn detach(&mut self, function: &FunctionArn) {
        for live in self.state.configs.values_mut() {
            live.functions.remove(function);
        }
    }

    pub(crate) fn strength(&self, function: &FunctionArn) -> Strength {
        self.state.config_of(function).map_or(Strength::Unguarded, |live| Strength::of(&live.config))
    }

    pub(crate) fn desired(&self, file: &str) -> Result<Desired, Vec<Problem>> {
        let file = PolicyFile::parse(file).unwrap_or_else(|wrong| unreachable!("{wrong:?}\n{file}"));
        Desired::of(&file, &self.state)
    }

    pub(crate) fn plan(&self, file: &str) -> Plan {
        Plan::between(&self.state, &self.desired(file).unwrap())
    }

    /// Takes one step, as Lambda would.
    pub(crate) fn take(&mut self, step: &Step) {
        match step {
            Step::Create { name, wanted, tags, origin: _ } => {
                let arn = self.make(wanted.clone(), tags.clone());
                self.made.insert(name.clone(), arn);
            }
            Step::Attach { function, from, to } => {
                let has = self.state.config_of(function).map(|live| live.config.arn.clone());
                assert_eq!((&has, self.state.functions.contains_key(function)), (from, true));
                let config = match to {
                    To::Created(name) => self.made[name].clone(),
                    To::Live { arn, .. } => arn.clone(),
                };
                self.attach(function.name().as_str(), &config);
            }
            Step::Update(change) => {
                let live = self.state.configs.get_mut(&change.before.arn).unwrap();
                assert_eq!(live.config, change.before);
                let Wanted { description, publishers, mode } = change.wanted.clone();
                live.config = Config { arn: change.before.arn.clone(), description, publishers, mode };
            }
            Step::Tag { arn, tags, .. } => {
                self.state.configs.get_mut(arn).unwrap().tags.extend(tags.clone());
            }
            Step::Detach { function, .. } => self.detach(function),
            Step::Delete { arn, .. } => {
                let gone = self.state.configs.remove(arn).unwrap();
                assert!(gone.functions.is_empty(), "{gone:?}");
            }
        }
    }
}
