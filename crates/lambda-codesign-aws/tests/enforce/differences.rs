//! What a plan says, by data.

use lambda_codesign_aws::enforce::{Aside, Origin, Problem, Step, To};
use lambda_codesign_core::policy::Mode::{Enforce, Warn};

use crate::model::{ACCOUNT, Model, function, publisher};

/// A file with these publishers and configs (name, mode, publishers) and attachments (functions, config).
pub(crate) fn file(configs: &[(&str, &str, &[&str])], attachments: &[(&str, &str)]) -> String {
    let mut text = "version = 1\n[publishers]\n".to_owned();
    for name in ["a", "b", "c"] {
        text.push_str(&format!("{name} = [{:?}]\n", publisher(name)));
    }
    for (name, mode, publishers) in configs {
        text.push_str(&format!(
            "[[config]]\nname = {name:?}\nmode = {mode:?}\npublishers = {publishers:?}\n"
        ));
    }
    for (functions, config) in attachments {
        text.push_str(&format!("[[attachment]]\nfunctions = [{functions:?}]\nconfig = {config:?}\n"));
    }
    text
}

fn words(model: &Model, file: &str) -> Vec<String> {
    let words = |step: &Step| match step {
        Step::Create { name, origin, .. } => match origin {
            Origin::New => format!("create {name}"),
            Origin::Shared { .. } => format!("create {name} since it is shared"),
            Origin::Safer { .. } => format!("create {name} since it is safer"),
        },
        Step::Attach { function, to: To::Created(name), .. } => {
            format!("{} to new {name}", function.name().as_str())
        }
        Step::Attach { function, to: To::Live { name, .. }, .. } => {
            format!("{} to {name}", function.name().as_str())
        }
        Step::Update(change) => format!("update {}", change.name),
        Step::Tag { name, .. } => format!("tag {name}"),
        Step::Detach { function, .. } => format!("detach {}", function.name().as_str()),
        Step::Delete { name, .. } => format!("delete {name}"),
    };
    model.plan(file).steps().iter().map(words).collect()
}

#[test]
fn what_is_missing_is_made_and_attached() {
    let model = Model::new(&["pay-1", "pay-2", "other"], &["a"]);
    let file = file(&[("pay", "enforce", &["a"])], &[("pay-*", "pay")]);
    assert_eq!(words(&model, &file), ["create pay", "pay-1 to new pay", "pay-2 to new pay"]);
    let plan = model.plan(&file);
    assert_eq!(plan.aside(), [Aside::Unmentioned(function("other"))]);
    assert!(plan.weaker().is_empty());
}

#[test]
fn drift_by_hands_is_found() {
    let file = file(&[("pay", "enforce", &["a"])], &[("pay-*", "pay")]);
    let mut model = Model::new(&["pay-1", "pay-2"], &["a"]);
    let ours = model.config(Some("pay"), Enforce, &["a"]);
    model.attach("pay-1", &ours);
    model.attach("pay-2", &ours);
    assert_eq!(words(&model, &file), Vec::<String>::new());
    let theirs = model.config(None, Warn, &["b"]);
    model.attach("pay-2", &theirs);
    assert_eq!(words(&model, &file), ["pay-2 to pay"]);
    model.state.configs.get_mut(&ours).unwrap().config.mode = Warn;
    assert_eq!(words(&model, &file), ["update pay", "pay-2 to pay"]);
    assert!(model.plan(&file).weaker().is_empty());
}

#[test]
fn nothing_is_deleted_that_is_not_tagged() {
    let mut model = Model::new(&["f"], &["a"]);
    let theirs = model.config(None, Warn, &["a"]);
    model.config(Some("gone"), Warn, &["a"]);
    let file = file(&[("pay", "warn", &["a"])], &[("pay", "pay")]);
    assert_eq!(words(&model, &file), ["create pay", "delete gone"]);
    assert!(model.plan(&file).aside().contains(&Aside::Config(theirs)));
}

#[test]
fn a_config_that_the_file_dropped_is_taken_off_which_weakens() {
    let mut model = Model::new(&["f", "g"], &["a"]);
    let gone = model.config(Some("gone"), Enforce, &["a"]);
    model.attach("f", &gone);
    model.attach("g", &gone);
    let file = file(&[("pay", "enforce", &["a"])], &[("g", "pay")]);
    assert_eq!(words(&model, &file), ["create pay", "g to new pay", "detach f", "delete gone"]);
    let plan = model.plan(&file);
    assert_eq!(plan.weaker().iter().map(|it| &it.function).collect::<Vec<_>>(), [&function("f")]);
    let left_alone = format!("{file}[unmanaged]\nfunctions = [\"f\"]\n");
    assert_eq!(words(&model, &left_alone), ["create pay", "g to new pay"]);
    assert!(matches!(model.plan(&left_alone).aside(), [Aside::Kept { .. }, Aside::Unmanaged(_)]));
}

#[test]
fn a_config_that_functions_outside_the_file_have_is_not_edited() {
    let mut model = Model::new(&["pay", "other"], &["a"]);
    let shared = model.config(Some("pay"), Warn, &["a"]);
    model.attach("pay", &shared);
    model.attach("other", &shared);
    let enforce = file(&[("pay", "enforce", &["a"])], &[("pay", "pay")]);
    assert_eq!(words(&model, &enforce), ["create pay since it is shared", "pay to new pay"]);
    for step in model.plan(&enforce).steps() {
        model.take(step);
    }
    assert_eq!(words(&model, &enforce), Vec::<String>::new());
    assert_eq!(model.state.config_of(&function("other")).unwrap().config.arn, shared);
    // Their Warn is as it was, and a change of ours goes to our own.
    let wider = file(&[("pay", "enforce", &["a", "b"])], &[("pay", "pay")]);
    assert_eq!(words(&model, &wider), ["update pay"]);
    assert_eq!(model.plan(&wider).weaker().len(), 1);
}

#[test]
fn who_has_to_leave_first_leaves_first() {
    let mut model = Model::new(&["f", "g"], &["a"]);
    let one = model.config(Some("one"), Enforce, &["a"]);
    let two = model.config(Some("two"), Warn, &["a"]);
    model.attach("f", &one);
    model.attach("g", &two);
    // f stays enforced while its config is to warn, and moves to one that is still to enforce.
    let file = file(&[("one", "warn", &["a"]), ("two", "enforce", &["a"])], &[("f", "two"), ("g", "one")]);
    assert_eq!(words(&model, &file), ["update two", "f to two", "update one", "g to one"]);
    assert!(model.plan(&file).weaker().is_empty());
}

#[test]
fn configs_that_wait_for_each_other_are_not_swapped_in_place() {
    let mut model = Model::new(&["f", "g"], &["a", "b"]);
    let one = model.config(Some("one"), Enforce, &["a"]);
    let two = model.config(Some("two"), Enforce, &["b"]);
    model.attach("f", &one);
    model.attach("g", &two);
    let file = file(&[("one", "enforce", &["b"]), ("two", "enforce", &["a"])], &[("f", "two"), ("g", "one")]);
    let expected = ["create one since it is safer", "g to new one", "update two", "f to two", "delete one"];
    assert_eq!(words(&model, &file), expected);
}

#[test]
fn tags_are_set_and_those_of_others_stay() {
    let mut model = Model::new(&["f"], &["a"]);
    let ours = model.config(Some("pay"), Warn, &["a"]);
    model.state.configs.get_mut(&ours).unwrap().tags.insert("cost".to_owned(), "7".to_owned());
    let file = file(&[], &[("f", "pay")]);
    let config =
        "[[config]]\nname = \"pay\"\nmode = \"warn\"\npublishers = [\"a\"]\ntags = { team = \"payments\" }\n";
    let file = format!("{file}{config}");
    assert_eq!(words(&model, &file), ["f to pay", "tag pay"]);
    for step in model.plan(&file).steps() {
        model.take(step);
    }
    assert_eq!(words(&model, &file), Vec::<String>::new());
    assert_eq!(model.state.configs[&ours].tags.len(), 3);
}

#[test]
fn images_are_left_as_they_are() {
    let mut model = Model::new(&["f"], &["a"]);
    model.image("f");
    let file = file(&[("pay", "enforce", &["a"])], &[("f", "pay")]);
    assert_eq!(words(&model, &file), ["create pay"]);
    assert_eq!(model.plan(&file).aside(), [Aside::Image(function("f"))]);
}

#[test]
fn patterns_stand_for_the_profiles_of_the_account() {
    let profiles: Vec<String> = (0..21).map(|n| format!("many_{n}")).chain(["one".to_owned()]).collect();
    let profiles: Vec<&str> = profiles.iter().map(String::as_str).collect();
    let model = Model::new(&["f"], &profiles);
    let with = |pattern: &str| {
        format!(
            "version = 1\n[publishers]\np = [{pattern:?}]\n[[config]]\nname = \"c\"\nmode = \"warn\"\npublishers = [\"p\"]\n\
             [[attachment]]\nfunctions = [\"f\"]\nconfig = \"c\"\n"
        )
    };
    let of = |account: &str, name: &str| format!("arn:aws:signer:*:{account}:/signing-profiles/by_{name}/*");
    let plan = model.plan(&with(&of(ACCOUNT, "o*")));
    assert_eq!(plan.resolutions().iter().map(|it| &it.publishers).collect::<Vec<_>>(), [&[publisher("one")]]);
    let problems = |pattern: &str| model.desired(&with(pattern)).unwrap_err();
    assert!(matches!(problems(&of(ACCOUNT, "many_*")).as_slice(), [Problem::TooMany { count: 21, .. }]));
    assert!(matches!(problems(&of("999999999999", "one")).as_slice(), [Problem::Foreign { .. }]));
    assert!(matches!(problems(&of(ACCOUNT, "absent")).as_slice(), [Problem::Nobody { .. }]));
    let foreign = publisher("one").replace(ACCOUNT, "999999999999");
    assert!(
        matches!(&model.plan(&with(&foreign)).steps()[0], Step::Create { wanted, .. } if wanted.publishers == [foreign])
    );
}
