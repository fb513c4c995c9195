//! `config`.

use crate::stand::Stand;

#[test]
fn a_config_lives_from_its_making_to_its_end() {
    let stand = Stand::new();
    let none = "no code signing config is in this region\n";
    assert_eq!(stand.succeeds(&["config", "list"]), none);
    let create = [
        "config",
        "create",
        "--publisher",
        "release",
        "--mode",
        "warn",
        "--description",
        "r",
        "--tag",
        "a=b",
    ];
    let made = stand.json(&create);
    let row = &made["configs"][0];
    let arn = row["arn"].as_str().unwrap();
    assert_eq!((&row["mode"], &row["description"]), (&"warn".into(), &"r".into()));
    let publisher = row["publishers"][0].as_str().unwrap();
    assert!(publisher.contains(":/signing-profiles/release/"), "{publisher}");
    assert_eq!(stand.json(&["config", "list"])["configs"], made["configs"]);
    assert_eq!(stand.succeeds(&["config", "list", "--region", "eu-west-1"]), none);
    let updated = stand.json(&["config", "update", arn, "--mode", "enforce", "--publisher", "other"]);
    let row = &updated["configs"][0];
    assert_eq!((&row["mode"], &row["description"]), (&"enforce".into(), &"r".into()));
    assert!(row["publishers"][0].as_str().unwrap().contains("/other/"), "{row}");
    stand.succeeds(&["config", "update", arn, "--publisher", publisher]);
    let shown = stand.succeeds(&["config", "show", arn]);
    let expected =
        format!("enforce  {arn}\n  description  r\n  publisher    {publisher}\n  no function has it\n");
    assert_eq!(shown, expected);
    assert_eq!(stand.succeeds(&["config", "delete", arn]), format!("deleted  {arn}\n"));
    assert!(stand.fails(&["config", "show", arn], 3).contains("ResourceNotFoundException"));
}

#[test]
fn a_config_is_attached_and_taken_off() {
    let stand = Stand::new();
    stand.create("f", "first.zip");
    let (one, other) = (stand.config("warn"), stand.config("enforce"));
    let said = stand.succeeds(&["config", "attach", "f", &one]);
    assert!(said.starts_with(&format!("attached  {one} to f\n  nothing was checked")), "{said}");
    let replaced = stand.json(&["config", "attach", "f", &other]);
    assert_eq!(
        (&replaced["attachment"]["before"], &replaced["attachment"]["config"]),
        (&one.into(), &other.as_str().into())
    );
    let shown = stand.json(&["config", "show", &other]);
    assert_eq!(shown["configs"][0]["functions"][0], crate::stand::FUNCTION);
    let said = stand.fails(&["config", "delete", &other], 3);
    assert!(said.contains("it is attached to f do: attach another config"), "{said}");
    let said = stand.succeeds(&["config", "detach", "f"]);
    assert_eq!(
        said,
        format!("detached  f has no config\n  it had {other}\n  any code can be deployed to it now\n")
    );
    stand.succeeds(&["config", "delete", &other]);
}

#[test]
fn what_is_no_config_is_said() {
    let stand = Stand::new();
    let absent = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdefg";
    stand.create("f", "first.zip");
    for (arguments, exit, says) in [
        (vec!["show", absent], 3, "can not be found"),
        (vec!["attach", "f", absent], 3, "CodeSigningConfigNotFoundException"),
        (vec!["attach", "absent", absent], 3, "ResourceNotFoundException"),
        (vec!["attach", "f:live", absent], 2, "this names a version or alias of one"),
        (vec!["show", "csc-0"], 2, "code-signing-config:csc-ID"),
        (vec!["update", absent], 2, "required"),
        (vec!["create", "--publisher", "arn:aws:signer:x", "--mode", "warn"], 2, "not the ARN of a signing"),
        (vec!["create", "--publisher", "nobody", "--mode", "warn"], 3, "GetSigningProfile was refused"),
        (vec!["create", "--mode", "warn"], 2, "--publisher"),
    ] {
        let said = stand.fails(&[&["config"], &arguments[..]].concat(), exit);
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}
