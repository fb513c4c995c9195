//! Serves a sandbox until it is interrupted: `cargo run -p lambda-codesign-sandbox --example serve -- [PORT [STATE]]`.

use lambda_codesign_sandbox::{Options, Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut options = Options::default();
    if let Some(port) = arguments.next() {
        options.listen.set_port(port.parse()?);
    }
    options.state = arguments.next().map(Into::into);
    let sandbox = Sandbox::start(options).await?;
    for (name, value) in sandbox.environment() {
        #[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
        {
            println!("export {name}={value}");
        }
    }
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}
