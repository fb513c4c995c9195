//! Signs with AWS Signer, publishes to Lambda and enforces code signing configs.
